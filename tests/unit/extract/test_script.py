"""Scripts out of answers: whole programs, with their reads, prints and `__main__` block."""

import pytest

from coderm.extract import Extracted, Reason, Rejection, extract_script

MAIN = "import sys\n\n\ndef main():\n    print(sum(map(int, sys.stdin.read().split())))\n\n\nif __name__ == '__main__':\n    main()"
PLAIN = "n = int(input())\nprint(n * 2)"


def fenced(code: str) -> str:
    return f"```python\n{code}\n```\n"


@pytest.mark.parametrize("code", [MAIN, PLAIN, "open(0)\nimport os\nos.write(1, b'x')"])
@pytest.mark.parametrize("form", ["{}", "Here:\n\n{}\nIt reads the numbers.", "<think>\nprint(1)\n</think>\n{}"])
def test_nothing_of_a_script_is_dropped(code: str, form: str):
    found = extract_script(form.format(fenced(code)))
    assert isinstance(found, Extracted)
    assert found.code.strip() == code


def test_a_bare_script_is_one():
    found = extract_script(PLAIN)
    assert isinstance(found, Extracted)
    assert found.code.strip() == PLAIN


def test_the_last_block_that_prints_counts():
    found = extract_script(fenced("print(1)") + "Better:\n" + fenced(PLAIN) + "Helper:\n" + fenced("def f(x):\n    return x"))
    assert isinstance(found, Extracted)
    assert found.code.strip() == PLAIN


def test_missing_imports_are_added():
    found = extract_script(fenced("print(math.sqrt(float(input())))"))
    assert isinstance(found, Extracted)
    assert "import math" in found.code


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.EMPTY),
        ("I cannot.", Reason.NO_CODE),
        ("```python\nn = int(input())\nfor i in range(n):\n    print(i\n    x = (", Reason.TRUNCATED),
        (fenced("for i in range(3)\n    print(i)"), Reason.SYNTAX_ERROR),
        (fenced("return 5\nprint(1)"), Reason.SYNTAX_ERROR),
    ],
)
def test_what_is_no_script_has_a_reason(text: str, reason: Reason):
    found = extract_script(text)
    assert isinstance(found, Rejection)
    assert found.reason is reason
