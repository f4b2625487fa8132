"""Reading the examples a question shows."""

import pytest

from coderm.problems.shown import LONGEST, MOST, shown_examples


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (">>> f([1, 2])\n3", ["f([1, 2]) == 3"]),
        (">>> f('a)')  # why\n'b'", ["f('a)') == 'b'"]),
        (">>> round(f(1), 2) # about\n-0.5", ["round(f(1), 2) == -0.5"]),
        (">>> f([]) == 0", ["f([]) == 0"]),
        ("f(1, 4) => true", ["f(1, 4) == True"]),
        ("f(1) ==> 'u'", ["f(1) == 'u'"]),
        ("* f([5]) -> [5]", ["f([5]) == [5]"]),
        ("f(5) ➞ None", ["f(5) == None"]),
        ("f(12, 15) = 14", ["f(12, 15) == 14"]),
        ("f('Hi') returns 'Hi'", ["f('Hi') == 'Hi'"]),
        ("f(2) should return 4, for it is even.", ["f(2) == 4"]),
        ('For num = "AB" the output should be 1.', ['f(num = "AB") == 1']),
        ('For N = 150, the sum of digits will be 6 the output should be "110".', ['f(N = 150) == "110"']),
        ("For s = 'ab', c = 'a', the result should be ('b',False)", ["f(s = 'ab', c = 'a') == ('b',False)"]),
        ("Input: [4,2,3]\nOutput: [2, 1]", ["f([4,2,3]) == [2, 1]"]),
        ("Input: arr = [4], k = 2\nOutput: 24 # the sum", ["f(arr = [4], k = 2) == 24"]),
    ],
)
def test_examples_are_read_in_the_spellings_of_humaneval(text, wanted):
    assert shown_examples(f"Say what f(x) does.\n    {text}\n", "f") == tuple(f"assert {line}" for line in wanted)


@pytest.mark.parametrize(
    "text",
    [
        "f(2) = 1 + (2 / 2) = 2",  # the value goes on behind the literal
        'f(["aa"]) == ""aa"',  # a slip of the pen
        "f(a) => False",  # no literal
        "f(1)",
        ">>> f(1)\n",
        ">>> f(1) == 2\nFalse",  # a comparison, not a call; read as what it compares
        "of(1) == 2",
        "self.f(1) == 2",
        "f(__import__('os').getcwd()) == 1",
        "For every x the output should be 1",
        "f(" + "(" * 300 + " == 1",
    ],
)
def test_what_cannot_be_read_for_certain_is_left_out(text):
    assert "assert f(1) == False" not in shown_examples(text, "f")
    assert len(shown_examples(text, "f")) == text.startswith(">>> f(1) ==")


def test_doubles_are_dropped_and_the_number_is_bounded():
    lines = [f"f({number // 2}) == 0" for number in range(4 * MOST)]
    found = shown_examples("\n".join(lines), "f")
    assert found == tuple(f"assert f({number}) == 0" for number in range(MOST))


def test_without_an_entry_point_or_within_endless_lines_nothing_is_read():
    assert shown_examples("f(1) == 2", "") == ()
    assert shown_examples(f"f({'1, ' * LONGEST}) == 2", "f") == ()
