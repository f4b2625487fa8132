"""What models are asked for: ids and seeds that a journal of an older run still answers, and batches as a whole."""

from dataclasses import replace

from builders import a_config, a_problem, samples

from coderm.scheduling.problem_state import ProblemState
from coderm.scheduling.writing import Batch, ask_for_candidates, ask_for_tests, take_batch

CONFIG = a_config(seed=7, policy={"samples": 4}, coderm={"show": "rotate", "oversample": 1.5})


def a_state(*targets):
    state = ProblemState(0, a_problem(), targets)
    state.take_candidates(samples("a", "b", "bad"))
    return state


def answered(state, commands, *texts):
    """Let the requests be pending and answered, one text list each."""
    for command, written in zip(commands, texts, strict=True):
        state.batch[command.request.offset] = samples(*written)


def test_ids_and_seeds_do_not_change_so_that_a_journal_answers_them_again():
    policy = ask_for_candidates(CONFIG, a_problem())
    first, second = ask_for_tests(CONFIG, a_state(3))
    assert [(command.command_id, command.request.seed) for command in (policy, first, second)] == [
        ("p/0|policy|0|8435f829", 126362145),
        ("p/0|coderm|0|01eac88b", 8746248),
        ("p/0|coderm|3|b8f7928b", 187881499),
    ]


def test_a_batch_is_taken_once_every_request_is_in_and_in_the_order_asked_for():
    state = a_state(3)
    commands = ask_for_tests(CONFIG, state)
    state.pending = {commands[0].command_id: commands[0]}
    answered(state, commands[::-1], ["v", "t"], ["t", "u", "bad"])
    assert take_batch(state) is None
    state.pending.clear()
    assert take_batch(state) == Batch(range(3), 3)
    assert [test.code for test in state.tests] == ["t", "u", "v"]
    assert [sample.raw for sample in state.written] == ["t", "u", "bad", "v", "t"]


def test_an_answer_with_several_tests_brings_all_of_them_up_to_what_is_wanted():
    state = a_state(3)
    (first, *_), commands = samples("t"), ask_for_tests(CONFIG, state)
    several = replace(first, further=(("u", "u"), ("t", first.key), ("v", "v"), ("w", "w")))
    state.batch[commands[0].request.offset] = (several,)
    assert take_batch(state) == Batch(range(3), 3)
    assert [test.code for test in state.tests] == ["t", "u", "v"]
    assert state.rejected["coderm:duplicate"] == 1
    assert state.written == [several]


def test_a_round_that_is_met_makes_room_for_the_next_and_the_cap_ends_the_asking():
    state = a_state(0, 2)
    assert [command.request.n for command in ask_for_tests(CONFIG, state)] == [2, 1]
    assert (state.round, state.asked, state.requests) == (1, 3, 2)
    assert [command.request.n for command in ask_for_tests(CONFIG, state)] == [2, 1]
    assert ask_for_tests(CONFIG, state) == []  # three asked for each of two
