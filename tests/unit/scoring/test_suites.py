"""A suite as columns: the blocks that run them, and what names them."""

from coderm.messages.cases import Case, CaseBlock, Comparison
from coderm.messages.execution import Block, Limits
from coderm.messages.scoring import Cases, ScoreRequest, ScoreSettings, UnitTests
from coderm.scoring.suites import Columns, columns_of

TEST = "import unittest\nclass ACase(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f(1), 2)\n"


def test_canaries_are_made_of_unit_tests_and_are_the_same_each_time():
    asked = ScoreRequest("p", ("q",), UnitTests((TEST,)), ScoreSettings(canaries=2))
    made = columns_of(asked, "seed")
    assert len(made.canaries) == 2
    assert TEST not in made.canaries
    assert columns_of(asked, "seed") == made
    assert columns_of(asked, "other").canaries != made.canaries
    assert columns_of(ScoreRequest("p", ("q",), Cases((Case("1", "2"),))), "seed").canaries == ()


def test_a_block_says_which_of_its_tests_are_canaries():
    columns = Columns(UnitTests(("t", "u")), ScoreSettings(limits=Limits(row_timeouts=3)), ("c", "d"))
    tests, both, canaries = (columns.block("b", ["p"], places, "box") for places in ((0, 1), (1, 2, 3), (2, 3)))
    assert [each.tests for each in (tests, both, canaries)] == [("t", "u"), ("u", "c", "d"), ("c", "d")]
    assert [each.canary_columns for each in (tests, both, canaries)] == [0, 2, 2]
    assert [each.limits.row_timeouts for each in (tests, both, canaries)] == [3, 3, 0]
    assert isinstance(both, Block)
    assert both.environment == "box"


def test_where_the_first_failure_ends_a_row_a_first_timeout_does():
    columns = Columns(UnitTests(("t",)), ScoreSettings(stop="first_failure"))
    assert columns.block("b", ["p"], [0], "").limits.row_timeouts == 1


def test_cases_keep_how_they_are_compared():
    comparison = Comparison("exact")
    columns = Columns(Cases((Case("1", "2"), Case("3", "4")), comparison, "allowed"), ScoreSettings(stop="first_failure"))
    block = columns.block("b", ["p"], [1], "box")
    assert isinstance(block, CaseBlock)
    assert (block.cases, block.comparison, block.nonzero_exit, block.stop) == (
        (Case("3", "4"),),
        comparison,
        "allowed",
        "first_failure",
    )


def test_columns_are_named_by_their_content_and_by_how_they_are_judged():
    def names(*cases, **options):
        return Columns(Cases(cases, **options), ScoreSettings()).digests()

    one = Case("1", "2")
    assert names(one) == names(one)
    others = [
        names(Case("1", "3")),
        names(Case("12", "")),
        names(one, comparison=Comparison("exact")),
        names(one, nonzero_exit="allowed"),
    ]
    assert all(other != names(one) for other in others)
    assert Columns(UnitTests(("1",)), ScoreSettings()).digests() != names(Case("1", ""))
