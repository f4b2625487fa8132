"""A trainer's batch: 4 function and 4 stdin problems, each with 8 right programs, 7 wrong ones, one that loops, and 16 cases.

The truth is by place: `truth` says whether a program is right. `function_items` and `stdin_items` give what a trainer would send.
"""

from dataclasses import dataclass

from batch import functions, stdin_programs
from coderm.messages.cases import Case
from coderm.messages.scoring import Cases, Suite, UnitTests


@dataclass(frozen=True)
class Item:
    """One problem's programs, its suite, and which programs are right."""

    problem: str
    programs: tuple[str, ...]
    right: tuple[bool, ...]
    suite: Suite


def function_items(*, looping: bool) -> list[Item]:
    """The function problems; a case is a test class of its own."""
    return [
        Item(name, *_programs(functions.RIGHT[name], functions.WRONG[name], functions.LOOPING[name], looping), _unit_tests(name))
        for name in functions.CASES
    ]


def stdin_items(*, looping: bool) -> list[Item]:
    """The stdin problems."""
    return [
        Item(
            name,
            *_programs(stdin_programs.RIGHT[name], stdin_programs.WRONG[name], stdin_programs.LOOPING[name], looping),
            Cases(tuple(Case(*pair) for pair in pairs)),
        )
        for name, pairs in stdin_programs.CASES.items()
    ]


def varied(item: Item, times: int) -> Item:
    """The item with `times` textual variants of each program, as rollouts of a policy differ."""
    programs = tuple(f"{text}# {place}\n" for text in item.programs for place in range(times))
    return Item(item.problem, programs, tuple(is_right for is_right in item.right for _ in range(times)), item.suite)


def _programs(right: list[str], wrong: list[str], loop: str, looping: bool) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    texts = (*right, *wrong, *((loop,) if looping else ()))
    return texts, tuple(place < len(right) for place in range(len(texts)))


def _unit_tests(name: str) -> UnitTests:
    call = functions.ENTRY[name]
    return UnitTests(
        tuple(
            f"import unittest\n\n\nclass Case(unittest.TestCase):\n    def test_it(self):\n"
            f"        self.assertEqual({call}({', '.join(map(repr, arguments))}), {expected!r})\n"
            for arguments, expected in functions.CASES[name]
        )
    )
