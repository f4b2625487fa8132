"""A study sees of a recorded run what the run's own survey and votes saw, rejected texts and lost cells included."""

import json
from dataclasses import replace

import numpy as np
import pytest
from builders import World, a_config, a_problem, hashed_verdict, play, samples

from coderm.budget.features.survey import survey_features
from coderm.budget.features.votes import vote_features
from coderm.config.schema import SelectionConfig
from coderm.errors import DataError
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.extract.samples import given_programs
from coderm.messages.events import ProblemArrived
from coderm.messages.execution import Outcome
from coderm.problems.supplied import open_programs
from coderm.report.run_files import write_files
from coderm.scheduling.passes import PassPlan
from coderm.scheduling.scheduler import Scheduler
from coderm.selection.base import select
from coderm.selection.factory import make_rules
from coderm.storage.journal import Journal
from coderm.study.cases import StudyPaths, read_study

TEXTS = ("bad 0", "program a", "bad 1", "program b", "bad 2")
CANDIDATES = samples(*TEXTS)
PROBLEM = replace(a_problem(), examples=("example 0", "example 1"))
RULES = make_rules(SelectionConfig())


def separating(program, test):
    """`a` passes everything but the first test and example, `b` those alone."""
    return Outcome.PASSED if (program == "program a") != test.endswith("0") else Outcome.FAILED


def walk(steps, number, of, world, programs=CANDIDATES, tests=None):
    """The answer of one pass over the problem: an observation, or the result where the pass is the last."""
    scheduler = Scheduler(a_config(policy={"samples": len(TEXTS)}), PassPlan(1, steps, number, of), "box")
    (seen,) = play(scheduler, [ProblemArrived(0, PROBLEM, programs, tests)], world.answer)
    return seen


def write(folder, result):
    folder.mkdir()
    with Journal(folder / "journal.sqlite") as journal:
        journal.finish(result)
        list(write_files(folder, a_config(), journal))
    return folder


@pytest.fixture
def recorded(tmp_path):
    """Writes the files of a finished run and reads them as a study does; the examples ran afterwards, as `coderm study` has it."""

    def record(world, change=lambda result: result):
        result = change(walk(((4,),), 0, 1, world))
        run = write(tmp_path / "run", result)
        (run / "problems.jsonl").write_text(
            json.dumps({"task_id": PROBLEM.task_id, "question": PROBLEM.question, "entry_point": "f"}) + "\n"
        )
        again = given_programs(open_programs(run / "candidates.jsonl").of(PROBLEM))
        examples = write(tmp_path / "examples", walk(((0,),), 0, 1, world, again, samples(*PROBLEM.examples)))
        problems, candidates, labels = (run / name for name in ("problems.jsonl", "candidates.jsonl", "labels.jsonl"))
        (problem,) = read_study(StudyPaths(problems, candidates, labels, run, None, examples))
        return problem, FinishedProblem(result)

    return record


@pytest.mark.parametrize("verdict", [separating, hashed_verdict])
def test_features_are_those_of_the_run_s_survey(recorded, verdict):
    world = World(verdict=verdict)
    problem, _ = recorded(world)
    survey = walk((), 0, 2, world).survey
    assert survey[0] == 1.0  # two usable programs of five texts, both distinct
    assert survey_features(problem.observed).tolist() == survey.tolist()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("verdict", [separating, hashed_verdict])
def test_votes_and_choices_are_those_of_the_run(recorded, verdict, rule):
    world = World(verdict=verdict)
    problem, finished = recorded(world)
    heard = walk(((4,), (4,)), 0, 2, world).passed
    assert vote_features(problem.passed, rule).tolist() == vote_features(heard, rule).tolist()
    assert rule(problem.passed).tolist() == rule(heard).tolist()
    for examples in (False, True):
        passed, correct = problem.contenders(examples=examples)
        chosen = select(rule, passed).fraction_correct(correct)
        assert chosen == finished.score(finished.select(rule, examples=examples))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_lost_cells_are_left_out_as_the_run_s_choice_leaves_them_out(recorded, rule):
    def lose(result):
        outcomes = result.outcomes.copy()
        outcomes[1, 2] = Outcome.LOST
        return replace(result, outcomes=outcomes, lost=("x: gone",))

    problem, finished = recorded(World(verdict=separating), lose)
    assert problem.unknown == 1
    assert problem.passed.shape == (2, 3)
    passed, correct = problem.contenders(examples=False)
    assert select(rule, passed).fraction_correct(correct) == finished.score(finished.select(rule))


def test_whoever_lost_most_of_its_cells_is_not_judged(recorded):
    def lose(result):
        outcomes = result.outcomes.copy()
        outcomes[1, 1:] = Outcome.LOST
        return replace(result, outcomes=outcomes, lost=("x: gone",))

    problem, _ = recorded(World(verdict=separating), lose)
    assert problem.judged.tolist() == [1]
    assert problem.passed.tolist() == [[False, True, True, True]]


def test_a_run_that_early_stopping_left_incomplete_is_refused_with_the_remedy(recorded):
    def skip(result):
        outcomes = result.outcomes.copy()
        outcomes[1, 2] = Outcome.LOST
        return replace(result, outcomes=outcomes, skipped=1)

    with pytest.raises(DataError, match=r"1 of 8 pairs of p/0 are not in it.*selection\.early_stop=false"):
        recorded(World(verdict=separating), skip)


def test_a_candidate_that_passed_a_canary_is_the_last_among_examples(recorded):
    problem, finished = recorded(World(verdict=separating), lambda result: replace(result, tampered=(0,)))
    assert problem.tampered.tolist() == [True, False]
    passed, correct = problem.contenders(examples=True)
    assert len(passed) == 1
    assert correct.tolist() == finished.correct[[3]].tolist()


def test_a_problem_without_a_usable_candidate_scores_nothing(tmp_path):
    result = walk(((0,),), 0, 1, World(), samples("bad", "bad"))
    run = write(tmp_path / "run", result)
    (run / "problems.jsonl").write_text(json.dumps({"task_id": PROBLEM.task_id, "question": PROBLEM.question}) + "\n")
    problems, candidates, labels = (run / name for name in ("problems.jsonl", "candidates.jsonl", "labels.jsonl"))
    (problem,) = read_study(StudyPaths(problems, candidates, labels, run))
    assert (problem.passed.shape, problem.rate) == ((0, 0), 0.0)
    assert np.isfinite(survey_features(problem.observed)).all()
    assert select(RULES["robust"], problem.passed).fraction_correct(problem.contenders(examples=False)[1]) == 0
