"""Mutants: every kind of change, one a mutant, the same for the same seed."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.mutants import make_mutants
from coderm.mutants.operators import OPERATORS
from coderm.problems.starter import read_starter

PROGRAM = '''
def scan(items: list[int], limit: int = 3, *, start=None) -> int:
    """Add up."""
    total = 0
    for item in items[1:]:
        if item < limit and not start:
            continue
        if item == 7:
            break
        total += item * 2
    return total if total >= 0 else -1

if __name__ == "__main__":
    print("%d" % scan([1, 2, 3]))
'''


ALL = len(make_mutants(PROGRAM, most=1000))


def texts(program, kind=None, **more):
    return [mutant.text for mutant in make_mutants(program, most=1000, **more) if kind in (None, mutant.kind)]


@pytest.mark.parametrize(
    ("kind", "program", "wanted"),
    [
        ("comparison", "a < b", {"a <= b", "a > b"}),
        ("comparison", "a in b", {"a not in b"}),
        ("comparison", "a < b == c", {"a <= b == c", "a > b == c", "a < b != c"}),
        ("arithmetic", "a + b", {"a - b"}),
        ("arithmetic", "a //= b", {"a *= b"}),
        ("arithmetic", "'%d' % a", set()),
        ("boolean", "a and b", {"a or b"}),
        ("constant", "a = 3", {"a = 4", "a = 2"}),
        ("constant", "a = True", {"a = False"}),
        ("constant", "a = 'text'", set()),
        ("return_value", "def f():\n    return 1", {"def f():\n    return None"}),
        ("return_value", "def f():\n    return", set()),
        ("loop_exit", "for a in b:\n    break", {"for a in b:\n    continue"}),
        ("slice_bound", "a[:]", {"a[1:]", "a[:-1]"}),
        ("slice_bound", "a[b:c]", {"a[b + 1:c]", "a[b:c - 1]"}),
        (
            "default_argument",
            "def f(a=b, *, c=None):\n    pass",
            {"def f(a=None, *, c=None):\n    pass", "def f(a=b, *, c=0):\n    pass"},
        ),
        ("condition", "if a:\n    pass", {"if not a:\n    pass"}),
        ("condition", "[a for a in b if not a]", {"[a for a in b if a]"}),
    ],
)
def test_a_kind_of_change(kind, program, wanted):
    assert set(texts(program, kind)) == wanted


def test_a_program_has_every_kind_and_a_few_mutants_show_them_all():
    few = make_mutants(PROGRAM, most=len(OPERATORS))
    assert {mutant.kind for mutant in few} == set(OPERATORS)


def test_annotations_and_the_guard_stay():
    for text in texts(PROGRAM.replace("list[int]", "tuple[int, Literal[5]]")):
        assert "tuple[int, Literal[5]]" in text
        assert "if __name__ == '__main__':" in text


def test_a_line_is_that_of_the_change():
    assert {mutant.line for mutant in make_mutants("a = b\nc = d + e\n")} == {2}


@pytest.mark.slow
@given(seed=st.integers(), most=st.integers(0, 40))
def test_the_same_seed_gives_the_same_mutants_up_to_the_number(seed, most):
    found = make_mutants(PROGRAM, most, seed)
    assert found == make_mutants(PROGRAM, most, seed)
    assert len(found) == min(most, ALL)


def test_another_seed_gives_the_same_set_in_another_order():
    assert set(texts(PROGRAM)) == set(texts(PROGRAM, seed=1))
    assert texts(PROGRAM) != texts(PROGRAM, seed=1)


@pytest.mark.slow
def test_mutants_parse_and_all_differ():
    for problem in read_starter():
        found = texts(problem.reference)
        own = ast.unparse(ast.parse(problem.reference))
        assert len({own, *found}) == len(found) + 1
        for text in found:
            ast.parse(text)


@pytest.mark.parametrize("program", ["", "def f(:", "a" * 10, "x = " + "(" * 5000, "# nothing\n"])
def test_what_has_nothing_to_change_has_no_mutant(program):
    assert make_mutants(program) == ()


def test_a_change_alters_no_other():
    for text in texts(PROGRAM):
        mine, theirs = ast.unparse(ast.parse(PROGRAM)).splitlines(), text.splitlines()
        assert len(mine) == len(theirs)
        assert sum(a != b for a, b in zip(mine, theirs, strict=True)) == 1
