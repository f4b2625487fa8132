"""Test quality: who judges, what written texts come to, and the figures of a measurement."""

import asyncio
import datetime

import numpy as np
import pytest
from fake_tokenizer import END, CharacterTokenizer

from coderm.config.loader import load_train_config
from coderm.errors import DataError
from coderm.messages.execution import Outcome
from coderm.messages.problem import Problem
from coderm.scoring.local import local_scorer
from coderm.training.judges import find_judges, held_out_problems
from coderm.training.measurement import Measurement, table, told
from coderm.training.quality import Written, figures, rejections
from coderm.training.rendering import Renderer

P, F, L = Outcome.PASSED, Outcome.FAILED, Outcome.LOST
CASE = "import unittest\n\nclass T(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(double(5), 10)\n"
DOUBLE = Problem("double", "Double it.", "double", reference="def double(n):\n    return n * 2\n", checks=(CASE,))
GOOD = f"```python\n{CASE}```"
WRONG = GOOD.replace("10", "11")
EMPTY = GOOD.replace("double(5), 10", "1, 1")
RENDERER = Renderer(CharacterTokenizer(), "toy", (END,), "clean", datetime.date(2024, 7, 26))
SETTINGS = ['data.path="sft.jsonl"', "sandbox.type=local", "quality.tests=4", 'quality.problems={source="starter"}']
pytestmark = pytest.mark.filterwarnings("ignore:sandbox.type")


def config(*overrides):
    return load_train_config(None, [*SETTINGS, *overrides], {})


def test_figures_are_pooled_and_lost_cells_are_no_evidence():
    one = Written(4, {"no_code": 1}, np.array([[P, F, P], [P, P, F], [F, F, P]], np.int8), (False,))
    two = Written(2, {"no_code": 1}, np.array([[L], [P], [F]], np.int8), (True,))
    found = figures([one, two])
    assert found["usable"] == 4 / 6
    assert found["valid"] == 2 / 3, "a lost reference is not counted"
    assert found["mutants_killed"] == 0.5, "an invalid test kills nobody, and nor does one whose reference was lost"
    assert found["paper_far_false_discovery_rate"] == pytest.approx(3 / 6)
    assert found["false_positive_rate"] == pytest.approx(3 / 7)
    assert rejections([one, two]) == {"no_code": 2}


def test_nothing_usable_is_unknown_and_never_zero():
    found = figures([Written(2, {"no_code": 2}, np.zeros((3, 0), np.int8), (False,))])
    assert found["usable"] == 0
    assert np.isnan([found["valid"], found["accuracy"]]).all()


@pytest.fixture(scope="module")
def measured():
    """One measurement of four texts, in the local sandbox."""

    async def run():
        made = config("quality.mutants=2")
        async with local_scorer(made.sandbox, executors=1) as scorer:
            panel = await find_judges([DOUBLE, Problem("bare", "q")], made.quality, made.sandbox, scorer, 0)
            judged = await Measurement(made, RENDERER, set())._written(panel.judges[0], [GOOD, WRONG, EMPTY, "no", None], scorer)
            return panel, judged

    return asyncio.run(run())


def test_judges_are_the_reference_and_mutants_that_the_checks_refuse(measured):
    panel, _ = measured
    (judges,) = panel.judges
    assert judges.reference == DOUBLE.reference
    assert 1 <= len(judges.mutants) <= 2
    assert dict(panel.left_out) == {"no_reference_or_checks": 1}


def test_written_tests_are_executed(measured):
    _, written = measured
    assert written.rejected == {"does_not_call_entry_point": 1, "no_code": 1, "prompt_too_long": 1}
    assert written.outcomes[0].tolist() == [P, F]
    found = figures([written])
    assert (found["usable"], found["valid"], found["mutants_killed"]) == (0.4, 0.5, 1.0)


def test_a_problem_that_is_learnt_is_refused():
    with pytest.raises(DataError, match=r"'starter/even-total' is learnt too \(1 such\).* choose others by quality.problems.only"):
        held_out_problems(config().quality, {"starter/even-total", "other"})


def test_no_judge_at_all_names_the_reasons():
    async def run():
        async with local_scorer(config().sandbox, executors=1) as scorer:
            await find_judges([Problem("bare", "q")], config().quality, config().sandbox, scorer, 0)

    with pytest.raises(DataError, match=r"can be judged \(1 no_reference_or_checks\); give some with reference and checks"):
        asyncio.run(run())


def test_people_see_unknown_where_nothing_is_known():
    found = {"quality/usable": 0.0, "quality/valid": None, "quality/mutants_killed": 0.25}
    assert told(found) == "usable 0%, mutants killed 25%"
    rows = table([(0, found), (8, found)])
    assert rows[2] == "| texts that hold a test | 0.0% | 0.0% |"
    assert "| tests that the reference passes | unknown | unknown |" in rows
