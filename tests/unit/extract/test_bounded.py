# ruff: noqa: E501 - one shape per line, as long as it is
"""Reading is linear in the text: patterns and readers do at most so much more work for a text that is so much longer.

Work is counted, so that the result depends on no machine. What is counted grows sixteenfold where it is quadratic and the text
grows fourfold.
"""

import ast
import functools
import importlib
import inspect
import itertools
import pkgutil
import re

import pytest

import coderm.extract
from coderm.extract import Extracted, Reason, Rejection, extract_program, extract_unit_test
from coderm.problems import visible_examples as shown
from coderm.problems.visible_examples import shown_examples

from .samples import PROBLEM
from .steps import steps
from .work import work

pytestmark = [pytest.mark.no_cover, pytest.mark.slow]
MODULES = [importlib.import_module(item.name) for item in pkgutil.walk_packages(coderm.extract.__path__, "coderm.extract.")]
MODULES.append(shown)
ANCHORED = {"OTHERS"}
"""Patterns in a tuple that are only matched at the beginning of a line."""

UNITS = {
    "words": "word ",
    "one word": "w",
    "backticks": "`",
    "backticks apart": "``` ",
    "tildes": "~",
    "opening brackets": "(",
    "square brackets": "[",
    "braces": "{",
    "closing brackets": ")]}",
    "blanks": " ",
    "tabs and blanks": "\t ",
    "lines": "\n",
    "lines of blanks": "  \n",
    "opening tags": "<think>",
    "closing tags": "</think>",
    "cut tags": "<think ",
    "bars": "<|",
    "marks": "<|im_end|>",
    "angles": "<",
    "dashes": "-",
    "operators": "x-",
    "colons": "x:",
    "equal signs": "=",
    "dots": "a.",
    "digits": "1",
    "quotes": "'",
    "double quotes": '"""\n',
    "hashes": "#",
    "prompts": ">>> ",
    "commas": "a, ",
    "items": "a[",
    "names": "[ABC",
    "classes": "class ",
    "definitions": "def f",
    "imports": "from a ",
    "results": "result should be ",
    "escapes": "&lt;",
    "backslashes": "\\",
    "decorators": "@a",
    "semicolons": "x=1;",
}
STARTS = ("x", "x:", "def ", "class A", "from a", "```", "<", "[", "In [1]:", "For ", "result ", "\n")
ENDS = ("", "!", "`", "=", "\n!", "```!")


def patterns() -> dict[str, tuple[re.Pattern, bool]]:
    """Every pattern of the readers, and whether it is looked for or only matched at one place."""
    found: dict[str, tuple[re.Pattern, bool]] = {}
    for module in MODULES:
        tree = ast.parse(inspect.getsource(module))
        matched = {
            id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in ("match", "fullmatch")
        }
        searched = {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in matched
        }
        for name, value in vars(module).items():
            for place, item in enumerate(value if isinstance(value, tuple) else [value]):
                if isinstance(item, re.Pattern):
                    key = f"{module.__name__.removeprefix('coderm.')}.{name}.{place}"
                    found[key] = item, name in searched and name not in ANCHORED
    return found


PATTERNS = patterns()


def test_the_patterns_are_all_found():
    assert len(PATTERNS) > 25
    assert sum(searched for _, searched in PATTERNS.values()) >= 8


@pytest.mark.parametrize(("pattern", "searched"), PATTERNS.values(), ids=PATTERNS)
def test_a_pattern_takes_steps_in_proportion_to_the_text(pattern, searched):
    around = [*((start, "!") for start in STARTS), *(("", end) for end in ENDS)]
    for unit, (start, end) in itertools.product(UNITS.values(), around):
        short, long = (steps(pattern, start + unit * (size // len(unit)) + end, searched=searched) for size in (40, 160))
        assert long < 8 * short + 200, (start, unit, end)


def test_the_measure_finds_what_is_not_linear():
    """The shapes that the readers once had."""
    texts = ["word " * 48 + "!", " " * 240 + "!", "x:" + "-" * 240, "\n" * 240 + "!"]
    for old, text in zip(
        (r"^[^`~]*\S[^`~]*?(`{3,})$", r"^([ \t]*)[ \t]*(`{3,})$", r"x(?::[^=]*)?[-+]*=", r"^\s*\n*[ \t]z"), texts, strict=True
    ):
        pattern = re.compile(old)
        short = text[:1] + text[len(text) - len(text) // 4 :]
        assert steps(pattern, text, searched=False) > 8 * steps(pattern, short, searched=False) + 300, old


def test_no_pattern_is_made_while_reading():
    """A pattern made of a text cannot be checked here; the one exception is a function's name."""
    inline = []
    for module in MODULES:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.FunctionDef):
                called = [sub.func for sub in ast.walk(node) if isinstance(sub, ast.Call) and isinstance(sub.func, ast.Attribute)]
                inline += [
                    f"{module.__name__}.{node.name}"
                    for sub in called
                    if isinstance(sub.value, ast.Name) and sub.value.id == "re" and sub.attr != "escape"
                ]
    assert inline == ["coderm.problems.visible_examples._read"]


CASE = "class T(unittest.TestCase):\n    def test_a(self):\n"
SHAPES = {name: (lambda size, unit=unit: unit * (size // len(unit))) for name, unit in UNITS.items() if name != "digits"} | {
    "numbers": lambda size: "1 " * (size // 2),
    "prose before a fence": lambda size: "word " * (size // 5) + "```",
    "prose on one line behind a fence": lambda size: "```python\n" + "word " * (size // 5),
    "fences that nothing closes": lambda size: "```python\ndef add_all(:\n" * (size // 24),
    "blocks that are no Python": lambda size: "```\nfoo bar\n```\n" * (size // 16),
    "fences of growing length": lambda size: "".join("`" * at + "\n" for at in range(3, int((2 * size) ** 0.5))),
    "fences in a program": lambda size: "```python\ndef add_all(n):\n    '''\n" + "    ```\n    x\n    ```\n" * (size // 22) + "    '''\n    return 1\n```",
    "brackets over lines": lambda size: "[\n" * (size // 2),
    "assignments never closed": lambda size: "x = [\n" * (size // 6),
    "assignments never closed before a long one": lambda size: "x = [\n" * (size // 12) + "y" * (size // 2),
    "strings never closed": lambda size: 'a = """\n' * (size // 8),
    "closing brackets far away": lambda size: "x = [\n" * (size // 12) + "y = ]\n" * (size // 12),
    "broken functions": lambda size: "def g(:\n" * (size // 8),
    "growing indentation": lambda size: "".join(" " * at + "if x:\n" for at in range(int((2 * size) ** 0.5))),
    "prose over code": lambda size: "Look:\n    def g(x):\n        return 1\n" * (size // 38),
    "marks between quotes": lambda size: "'<|im_end|>' " * (size // 13),
    "marks on lines": lambda size: "a <|im_end|> b\n" * (size // 15),
    "leading marks": lambda size: "<|im_start|>" * (size // 12) + "def add_all(n):\n    return n\n",
    "thoughts on lines": lambda size: "a</think>\n" * (size // 10),
    "marks under open strings": lambda size: '"""\n' + "<|im_end|>\n" * (size // 11) + '"""\n!',
    "tags on lines": lambda size: "<a><b>x</b></a>\n" * (size // 16),
    "open JSON": lambda size: '{"a":\n' * (size // 6),
    "JSON with code": lambda size: "[" + '"def x", ' * (size // 9) + '""]',
    "JSON with broken code": lambda size: '{"code": "' + "def g(:\\n" * (size // 9) + '"}',
    "numbered lines": lambda size: "1 x y\n" * (size // 6),
    "prompts on lines": lambda size: ">>> x y\n" * (size // 8),
    "a long sum": lambda size: "x = " + "1+" * (size * 3) + "1",
    "a chain": lambda size: "x = a" + ".b" * min(size // 2, 800),
    "calls": lambda size: CASE + "        assert add_all([])\n" + "print(1)\n" * (size // 9),
    "assertions": lambda size: "assert add_all([])\n" * (size // 19),
    "assertions over lines": lambda size: "assert add_all('''\n''')\n" * (size // 24),
    "calls through a module": lambda size: "import solution\n" + CASE + "        assert [" + "solution.add_all(1), " * (size // 21) + "]\n",
    "calls of a method": lambda size: CASE + "        assert [" + "Solution().add_all(1), " * (size // 23) + "]\n",
    "test classes": lambda size: "class TestA:\n    def test_a(self):\n        assert add_all(1)\n" * (size // 60),
    "test functions": lambda size: "".join(f"def test_{at}():\n    assert add_all(1)\n\n\n" for at in range(size // 40)),
    "parametrised functions": lambda size: "import pytest\n" + "".join(f"@pytest.mark.parametrize('a', [1])\ndef test_{at}(a):\n    assert add_all(a)\n" for at in range(size // 70)),
    "cases": lambda size: f"import pytest\n@pytest.mark.parametrize('a', [{'1, ' * (size // 3)}])\ndef test_a(a):\n    assert add_all(a)\n",
    "fixtures": lambda size: "import pytest\n" + "".join(f"@pytest.fixture\ndef f{at}():\n    return 1\n" for at in range(size // 40)) + "def test_a(f0):\n    assert add_all(f0)\n",
    "fixtures of fixtures": lambda size: "import pytest\n@pytest.fixture\ndef f0():\n    return 1\n" + "".join(f"@pytest.fixture\ndef f{at + 1}(f{at}):\n    return 1\n" for at in range(size // 40)) + f"def test_a(f{size // 40}):\n    assert add_all(1)\n",
    "exceptions": lambda size: "import pytest\ndef test_a():\n" + "    with pytest.raises(ValueError):\n        add_all(1)\n" * (size // 55),
    "helpers in another block": lambda size: "```\n" + "".join(f"def h{at}(): return 1\n" for at in range(size // 40)) + "```\n```\ndef add_all(n):\n" + "".join(f"    h{at}()\n" for at in range(size // 40)) + "    return 1\n```",
    "helpers in another file": lambda size: "```\n" + "".join(f"def h{at}(): return 1\n" for at in range(size // 40)) + "```\n```\nimport u\ndef add_all(n):\n" + "".join(f"    u.h{at}()\n" for at in range(size // 40)) + "    return 1\n```",
    "comments above what is dropped": lambda size: "def add_all(n):\n    return n\n" + "# c\nprint(add_all(1))\n" * (size // 22),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("extract", [extract_program, extract_unit_test])
def test_reading_does_work_in_proportion_to_the_text(shape, extract):
    short, long = (work(functools.partial(extract, shape(size), PROBLEM)) for size in (1_000, 4_000))
    assert long < 7 * short + 10_000


QUESTIONS = {
    "calls": "add_all(",
    "closed calls": "add_all(1) ",
    "calls of names": "add_all(x)",
    "calls and brackets": "add_all(a) ) ",
    "values": "add_all(1) == 1 1 ",
    "blanks": "add_all(1) == 1" + " " * 40 + "=",
    "inputs": "Input: a = 1 ",
    "lines of inputs": "Input: a = 1\n",
    "doctests": ">>> add_all(1)\n1\n",
}


@pytest.mark.parametrize("unit", QUESTIONS.values(), ids=QUESTIONS)
def test_examples_are_read_with_work_in_proportion_to_the_question(unit):
    short, long = (work(functools.partial(shown_examples, unit * (size // len(unit)), "add_all")) for size in (2_000, 8_000))
    assert long < 7 * short + 10_000


def test_trees_deeper_than_the_readers_may_go_are_rejected_or_read():
    for depth in (200, 900, 1_400, 2_900):
        for chain in (".b" * depth, "[0]" * depth, "()" * depth):
            body = f"add_all{chain}"
            assert isinstance(
                extract_program(f"def add_all(n):\n    return n{chain}\nprint({body})\n", PROBLEM), Extracted | Rejection
            )
            for check in (f"assert {body}", f"self.assertEqual({body}, 1)", f"Solution().{body}"):
                assert isinstance(extract_unit_test(f"{CASE}        {check}\n", PROBLEM), Extracted | Rejection)


def test_a_text_too_deep_for_the_parser_is_too_large():
    found = extract_program("x = " + "-" * 50_000 + "1", PROBLEM)
    assert isinstance(found, Rejection)
    assert found.reason is Reason.TOO_LARGE
