"""A reason why a pair did not pass says what to type where a package or a newer Python is what is missing."""

import pytest

from coderm.config.import_names import distribution_of
from coderm.sandbox.packages.hints import hint

ABSENT = "ModuleNotFoundError: No module named '{}'\n  <solution>:1 in <module>"


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("pandas", "pandas"),
        ("sklearn.linear_model", "scikit-learn"),
        ("cv2", "opencv-python-headless"),
        ("yaml", "PyYAML"),
        ("PIL.Image", "pillow"),
        ("bs4", "beautifulsoup4"),
        ("jwt", "PyJWT"),
        ("dateutil", "python-dateutil"),
    ],
)
def test_a_known_package_is_named_as_it_is_installed(module, distribution):
    assert distribution_of(module) == distribution
    told = hint(ABSENT.format(module), "", "3.11.2")
    named = f"No module named '{module}': it is not in the sandbox; add it with sandbox.packages = [\"{distribution}\"]"
    assert named in told
    assert told.endswith("<solution>:1 in <module>")


def test_a_name_that_nobody_knows_is_not_recommended():
    told = hint(ABSENT.format("pandsa"), "", "3.11.2")
    assert 'if you know and trust a package of that name, with sandbox.packages = ["pandsa"]' in told


@pytest.mark.parametrize("module", ["solution", "tkinter", "distutils.core", "-r x", "a b", 'x"], seed = ["'])
def test_what_no_package_can_mend_has_no_hint(module):
    assert hint(ABSENT.format(module), "", "3.11.2") == ABSENT.format(module)


BAD = "program: does not compile: SyntaxError: invalid syntax (<solution>, line 1)"


@pytest.mark.parametrize(
    ("program", "python", "feature"),
    [
        ("type Pair[T] = tuple[T, T]\n", "3.11.2", "a type statement of Python 3.12"),
        ("def first[T](items: list[T]) -> T: ...\n", "3.11.2", "type parameters of Python 3.12"),
        ("class Box[T]: ...\n", "3.11.2", "type parameters of Python 3.12"),
        ('x = f"{d["a"]}"\n', "3.11.2", "an f-string with its own quotes inside of Python 3.12"),
        ('x = t"{name}"\n', "3.13.5", "a template string of Python 3.14"),
    ],
)
def test_newer_syntax_is_told_by_name(program, python, feature):
    assert f"it has {feature} and this is {python}: choose sandbox.python" in hint(BAD, program, python)


def test_what_python_says_of_backslashes_is_enough():
    told = "does not compile: SyntaxError: f-string expression part cannot include a backslash (<solution>, line 1)"
    assert "an f-string with a backslash or comment inside of Python 3.12" in hint(told, "", "3.11.2")


@pytest.mark.parametrize(
    ("program", "python"),
    [
        ("def f(:\n", "3.11.2"),
        ("print 'hello'\n", "3.11.2"),
        ("type = 3\nwhile:\n", "3.11.2"),
        ("x[0\ndef f(): ...\n", "3.11.2"),
        ("type X = (\n", "3.14.0"),
        ("it's \"cat\" and 't' \n", "3.13.0"),
    ],
)
def test_a_plain_mistake_is_left_as_it_is(program, python):
    assert hint(BAD, program, python) == BAD


@pytest.mark.parametrize(
    ("detail", "name", "needed"),
    [
        ("ImportError: cannot import name 'batched' from 'itertools' (unknown location)", "itertools.batched", "3.12"),
        ("AttributeError: module 'math' has no attribute 'sumprod'", "math.sumprod", "3.12"),
        ("ImportError: cannot import name 'replace' from 'copy' (/usr/lib/copy.py)", "copy.replace", "3.13"),
    ],
)
def test_a_name_that_a_newer_library_has_is_told_with_its_python(detail, name, needed):
    assert hint(detail, "", "3.11.2") == f"{detail}; {name} is there from Python {needed} and this is 3.11.2: choose sandbox.python"
    assert hint(detail, "", "3.14.0") == detail
    assert hint("ImportError: cannot import name 'nothing' from 'copy'", "", "3.11.2").endswith("from 'copy'")
