"""What one problem remembers: unique texts, places, verdicts where they belong."""

from dataclasses import replace

import numpy as np
from builders import World, a_problem, samples

from coderm.messages.execution import Limits, Outcome
from coderm.scheduling.blocks import Judging, execute_commands
from coderm.scheduling.distinct import Distinct
from coderm.scheduling.problem_state import ProblemState

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED


def a_state(*candidates, units=3):
    state = ProblemState(0, a_problem(), (units,))
    state.take_candidates(samples(*candidates))
    return state


JUDGING = Judging(Limits(), grading="isolated", fallback=True, details=False, environment="")


def run(state, kind, texts, columns, verdict):
    for command in execute_commands("p/0", kind, state.programs.texts, texts, columns, JUDGING, pairs=2):
        state.verdicts.store(command, World(verdict=verdict).run(command.block))


def test_unique_texts_are_kept_in_order_of_arrival_with_a_place_for_every_sample():
    distinct = Distinct()
    assert [distinct.add(sample) for sample in samples("a", "b", "a", "bad", "b")] == [True, True, False, False, False]
    assert (distinct.texts, distinct.places, distinct.counts()) == (["a", "b"], [0, 1, 0, -1, 1], [2, 2])


def test_candidates_size_the_matrices_by_unique_programs():
    state = a_state("a", "b", "a", "bad")
    assert (state.verdicts.outcomes.shape, state.verdicts.checks.shape) == ((2, 0), (2, 2))


def test_new_tests_widen_the_matrices_and_keep_what_is_known():
    state = a_state("a", "b", units=9)
    run(state, "tests", ["t"], state.take_tests(samples("t"), 9, keep_doubles=False), lambda *_: Outcome.PASSED)
    assert state.take_tests(samples("t", "u", "v"), 9, keep_doubles=False) == range(1, 3)
    assert state.verdicts.outcomes.tolist() == [[1, 0, 0], [1, 0, 0]]
    assert state.verdicts.outcomes.dtype == np.int8
    assert state.verdicts.cpu_s.tolist() == [[0.25, 0, 0], [0.25, 0, 0]]


def test_generated_doubles_are_dropped_and_counted_given_ones_keep_their_vote():
    state = a_state("a")
    state.take_tests(samples("t", "t", "bad", "u"), 3, keep_doubles=False)
    assert (len(state.tests), state.unit_tests.places, state.rejected) == (2, [1, 0], {"coderm:duplicate": 1})
    given = a_state("a")
    given.take_tests(samples("t", "t", "u"), 3, keep_doubles=True)
    assert (given.unit_tests.places, given.rejected) == ([1, 1, 0], {})


def test_tests_beyond_the_allotment_are_left():
    state = a_state("a", units=2)
    state.take_tests(samples("t", "u", "v"), 2, keep_doubles=False)
    assert [test.code for test in state.tests] == ["t", "u"]
    assert not state.rejected


def test_verdicts_land_at_their_rows_and_columns():
    state = a_state("a", "b", "c")
    columns = state.take_tests(samples("t", "u", "v"), 3, keep_doubles=False)
    failing = {("b", "u"), ("c", "v")}
    run(state, "tests", ["t", "u", "v"], columns, lambda p, t: Outcome.FAILED if (p, t) in failing else Outcome.PASSED)
    run(state, "checks", ["check 0", "check 1"], range(2), lambda p, t: Outcome.ERROR if p == "a" else Outcome.PASSED)
    result = state.result()
    assert result.outcomes.tolist() == [[1, 1, 1], [1, 2, 1], [1, 1, 2]]
    assert result.checks.tolist() == [[3, 3], [1, 1], [1, 1]]


def test_it_is_kept_how_checks_were_graded():
    state = a_state("a", "b")
    command = next(iter(execute_commands("p/0", "checks", ["a", "b"], ["c", "d"], range(2), JUDGING, pairs=4)))
    answer = World(verdict=lambda *_: PASSED).run(command.block)
    state.verdicts.store(command, replace(answer, grading=np.array([[1, 0], [1, 0]], np.int8)))
    assert state.result().check_grading.tolist() == [[1, 0], [1, 0]]


def test_a_result_replays_what_was_written_and_not_what_was_given():
    state = a_state("a", "bad")
    state.written += samples("t")
    assert state.result().generations == {"policy": samples("a", "bad"), "coderm": samples("t")}
    state.given_programs = True
    assert state.result().generations == {"coderm": samples("t")}


def test_tokens_and_rejections_are_counted_by_role():
    state = a_state()
    state.note("policy", samples("a", "bad"), 10)
    state.note("coderm", samples("bad"), 20)
    assert state.tokens == {"policy": 6, "policy_prompt": 10, "coderm": 3, "coderm_prompt": 20}
    assert state.rejected == {"policy:no_code": 1, "coderm:no_code": 1}


def test_a_canary_fills_no_cell_and_who_passes_one_is_noted():
    state = a_state("a", "b")
    run(state, "tests", ["t"], state.take_tests(samples("t"), 1, keep_doubles=False), lambda *_: Outcome.PASSED)
    run(state, "canaries", ["x"], range(1), lambda p, t: Outcome.PASSED if p == "b" else Outcome.FAILED)
    result = state.result()
    assert (result.outcomes.tolist(), result.tampered) == ([[1], [1]], (1,))


def test_programs_meet_canaries_once_they_passed_a_test_and_batches_are_taken_in_order():
    state = a_state("a", "b", "c", units=9)
    state.batches = [(range(1), ("x",)), (range(1, 2), ("x", "y"))]
    run(state, "tests", ["t"], state.take_tests(samples("t"), 9, keep_doubles=False), lambda p, t: PASSED if p == "a" else FAILED)
    run(state, "tests", ["u"], state.take_tests(samples("u"), 9, keep_doubles=False), lambda p, t: FAILED if p == "c" else PASSED)
    assert state.due_for_canaries() == [([0], ("x",)), ([1], ("x", "y"))]
    assert state.due_for_canaries() == []


def test_who_was_cut_short_is_not_among_the_votes_that_a_budget_sees():
    state = a_state("loops", "a", "b")
    columns = state.take_tests(samples("t", "u", "v"), 3, keep_doubles=False)
    looping = {"t": Outcome.PASSED, "u": Outcome.TIMEOUT, "v": Outcome.LEFT_OUT}
    run(state, "tests", ["t", "u", "v"], columns, lambda p, t: looping[t] if p == "loops" else Outcome.PASSED)
    seen = state.observation(survey=False)
    assert (seen.usable, seen.passed.tolist()) == (3, [[True] * 3] * 2)


def test_what_was_lost_is_no_failure_in_the_votes_that_a_budget_sees():
    state = a_state("a", "b")
    columns = state.take_tests(samples("t", "u", "v"), 3, keep_doubles=False)
    run(state, "tests", ["t", "u", "v"], columns, lambda p, t: Outcome.LOST if (p, t) == ("a", "u") else Outcome.PASSED)
    seen = state.observation(survey=False)
    assert (seen.tests, seen.passed.tolist()) == (3, [[True] * 2] * 2)
