"""Reading the examples a question shows."""

import pytest

from coderm.problems.visible_examples import LONGEST, MOST, shown_examples


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (">>> f([1, 2])\n3", ["f([1, 2]) == 3"]),
        (">>> f('a)')  # why\n'b'", ["f('a)') == 'b'"]),
        (">>> round(f(1))  # a whole number\n-1", ["round(f(1)) == -1"]),
        (">>> f([1, 2])\n[[1, 2],\n [3, 4]]", ["f([1, 2]) == [[1, 2], [3, 4]]"]),
        (">>> f(1) == 2\nTrue", ["f(1) == 2"]),
        ("e.g. f(2) -> 4", ["f(2) == 4"]),
        ("f(0.1, [2.2]) -> [0.1, 2.2, 0.5]", ["f(0.1, [2.2]) == [0.1, 2.2, 0.5]"]),
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
        ">>> f(1) == 2\nFalse",  # the very opposite
        "f(1) -> (2, 3) or (1, 4)",
        "f(1) -> (2, 3)\n    or (1, 4)",
        "f(1) -> 1, 4",  # a tuple or two values
        'f(1) -> ("a")',
        ">>> print(f(1))\n[1, 8]",
        ">>> f(1)\n[1, 8, ...]",
        ">>> f(1)\n'abc...'",
        ">>> f([1, ..., 9])\n9",
        ">>> f(1)\n1\n2",  # two results, so something was printed
        ">>> f(1)\n1\nor 2",
        ">>> f(1)  # doctest: +SKIP\n1",
        ">>> f(1)  # in place\n[1]",
        ">>> f(1)\nTraceback (most recent call last):",
        ">>> f(1)\n[0.33, 0.67]",
        "f(1) = 3 (mod 7)",
        "f(1) -> 3 mod 7",
        "f(1) -> 3 (approximately)",
        "f(1) -> 3, approximately",
        "f(1) -> 3 cm",
        "f(1) -> 3%",
        "f(1) -> 3?",
        "f(1) is 3 less than f(2)",
        "f(1) is about 3",
        "f(1) may return 3",
        "f(1) -> 3, e.g.",
        "f(1) != 3",
        "f(1) -> 3  # wrong",
        "f(1) -> 3  # not 4",
        "f(1) -> 3, if x is set",
        "Wrong: f(1) -> 3",
        "f(2) = g(1) + f(1) = 3",
        "f(1) -> 0x3",
        "Deprecated behaviour: f(1) -> 3",
        "In version 1, f(1) -> 3.",
        "Suppose f(1) = 3.",
        "A naive solution gives f(1) = 3.",
        "With x doubled, f(1) = 3.",
        "Given g, f(1) -> 3",
        "An attacker expects that\nf(1) -> 3",
        "A buggy version might output\nf(1) -> 3",
        "f(1) == 3\nused to hold.",
        "Incorrect usage\n---------------\nf(1) -> 3",
        "There is more than one answer.\nf(1) -> 3",
        "Where ties occur return whichever.\nf(1) -> 3",
        "The judge ignores order.\nf(1) -> [3]",
        "Not f(1) -> 3 as before",
        "Wrong:\n    f(1) -> 3",
        "Common mistakes:\n\n    >>> f(1)\n    3",
        "f(1) -> [1, 2] in any order",
        "Return any valid pair.\n    f(1) -> [1, 2]",
        "The order of the result does not matter.\n    f(1) -> [1, 2]",
        "Change the list in-place.\n    f([1]) -> [2]",
        "Print the sum.\n    f(1) -> 1",
        "f(1) -> 3\n    f(1) -> 4",  # the text contradicts itself
        "f(n) = f(n - 1)\n    f(1) = 3",  # a definition of something
        "Input: 1\n    Output: 2 or 3",
        "Input: 1\n    Output: 1 2 3",
        "of(1) == 2",
        "self.f(1) == 2",
        "f(__import__('os').getcwd()) == 1",
        "For every x the output should be 1",
        "f(" + "(" * 300 + " == 1",
    ],
)
def test_what_cannot_be_read_for_certain_is_left_out(text):
    assert shown_examples(f"Say what f(x) does.\n    {text}\n", "f") == ()


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("f(2) -> 0.67", (2 / 3, 0.67, 0.666), (0.5, 0.7)),
        ("f(2) -> 1.4142", (2**0.5, 1.4142), (1.41, 1.5)),
        ("f(2) -> 0.5", (0.5, 0.5 + 1e-9), (0.6, 0.45)),
        ("Round to one place.\nf(2) -> 0.5", (0.5, 0.54), (0.7,)),
        ("f(2) -> 6.0", (6, 6.0), (6.1, 5)),
        ("f(2) -> 6.667e8", (2e9 / 3, 6.667e8), (6.6e8,)),
    ],
)
def test_a_number_may_differ_by_what_it_was_rounded_by(text, right, wrong):
    [line] = shown_examples(text, "f")
    for value in right:
        exec(line, {"f": lambda _, value=value: value})
    for value in wrong:
        with pytest.raises(AssertionError):
            exec(line, {"f": lambda _, value=value: value})


@pytest.mark.parametrize(
    ("head", "example", "fits"),
    [
        ("def f(xs, k):", "f([1], k=2) -> 3", True),
        ("def f(xs, k=1):", "f([1]) -> 3", True),
        ("def f(xs, k):", "f([1]) -> 3", False),
        ("def f(xs):", "Input: arr = [1]\n    Output: 3", False),
        ("def f(xs):", "Input: xs = [1]\n    Output: 3", True),
        ("def f(xs) -> List[int]:", "f([1]) -> (1, 2)", False),
        ("def f(xs) -> List[int]:", "f([1]) -> [1, 2]", True),
        ("def f(xs) -> str:", "f([1]) -> true", False),
        ("def f(xs) -> float:", "f([1]) -> 3", True),
        ("def f(xs) -> Optional[int]:", "f([1]) -> None", True),
        ("def f(*xs):", "f(1, 2) -> 3", True),
    ],
)
def test_an_example_must_fit_the_declaration(head, example, fits):
    assert bool(shown_examples(f'{head}\n    """Say.\n    {example}\n    """\n', "f")) is fits


def test_a_heading_is_disowned_only_until_the_next():
    text = "Wrong:\n    f(1) -> 3\nExamples:\n    f(2) -> 4\n"
    assert shown_examples(text, "f") == ("assert f(2) == 4",)


def test_doubles_are_dropped_and_the_number_is_bounded():
    lines = [f"f({number // 2}) == 0" for number in range(4 * MOST)]
    found = shown_examples("\n".join(lines), "f")
    assert found == tuple(f"assert f({number}) == 0" for number in range(MOST))


def test_without_an_entry_point_or_within_endless_lines_nothing_is_read():
    assert shown_examples("f(1) == 2", "") == ()
    assert shown_examples(f"f({'1, ' * LONGEST}) == 2", "f") == ()
