"""Early stopping: fewer pairs, the same choice. Every claim is checked against the full matrix."""

import numpy as np
import pytest
from builders import World, a_config, a_problem, arrivals, lost, plain, play, samples

from coderm.config.schema import SelectionConfig
from coderm.errors import ConfigError, DataError
from coderm.evaluation.finished_problem import FinishedProblem
from coderm.messages.events import Execute, ProblemArrived
from coderm.messages.execution import Outcome
from coderm.sandbox.runner.grading.rows import Rows
from coderm.sandbox.runner.grading.verdicts import Verdict
from coderm.scheduling.passes import PassPlan
from coderm.scheduling.scheduler import Scheduler
from coderm.selection.b4 import B4
from coderm.selection.early_stop import LATER_WAVES, Waves, hopeless, left_out
from coderm.selection.factory import RULES as ALL_RULES
from coderm.selection.factory import make_rule
from coderm.selection.majority import Majority
from coderm.selection.max_pass import MaxPass

P, F, T, L = Outcome.PASSED, Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST
LEFT_OUT = Outcome.LEFT_OUT
RULES = (MaxPass(), Majority())


def a_scheduler(early, units, **sandbox):
    selection = {"early_stop": early}
    config = a_config(policy={"samples": 4}, selection=selection, sandbox=sandbox)
    return Scheduler(config, PassPlan.single((units,)), "box")


class Case:
    """Random verdicts of some programs on some tests, both with duplicates; some take half of the limit, and loops all of it."""

    def __init__(self, rng):
        self.programs = [f"p{rng.integers(0, 8)}" for _ in range(rng.integers(1, 14))]
        self.tests = [f"t{rng.integers(0, 40)}" for _ in range(rng.integers(1, 36))]
        self.generated = bool(rng.integers(0, 2))
        self.sandbox = {"block_pairs": int(rng.choice([1, 3, 7, 20, 512])), "row_timeouts": int(rng.integers(0, 4))}
        levels = rng.choice([0.0, 0.2, 0.5, 0.9, 1.0], 8)
        slow = rng.choice([0.0, 0.0, 0.3, 1.0], 8)
        heavy = rng.choice([0.0, 0.0, 0.5], 8)
        self.verdicts, self.seconds, self.cheats = {}, {}, set()
        for number in range(8):
            twin = number - 1 if number and rng.random() < 0.3 else None
            for test in range(40):
                missed = T if rng.random() < slow[number] else F
                fresh = P if rng.random() < levels[number] else missed
                self.verdicts[f"p{number}", f"t{test}"] = fresh if twin is None else self.verdicts[f"p{twin}", f"t{test}"]
                own = 0.5 if rng.random() < heavy[number] else 0.1
                self.seconds[f"p{number}", f"t{test}"] = own if twin is None else self.seconds[f"p{twin}", f"t{test}"]

    def play(self, early, answer=None):
        world = Box(self)
        if self.generated:
            world.tests = tuple(self.tests) + ("bad",) * 200
            event = ProblemArrived(0, a_problem(), samples(*self.programs))
        else:
            event = ProblemArrived(0, a_problem(), samples(*self.programs), samples(*self.tests))
        scheduler = a_scheduler(early, len(self.tests), **self.sandbox)
        (result,) = play(scheduler, [event], answer(world) if answer else world.answer)
        return world, FinishedProblem(result), scheduler


class Box(World):
    """A world whose blocks follow the row rule, and which knows how often each pair ran."""

    def __init__(self, case):
        super().__init__(verdict=lambda p, t: case.verdicts[p, t] if (p, t) in case.verdicts else self.other(p, t))
        self.case = case
        self.ran = []

    def other(self, program, test):
        """A hidden check, or a canary."""
        return P if test.startswith("check") else P if program in self.case.cheats else F

    def run(self, block):
        clock = Clock(self, block)
        rows = Rows(clock, block.limits.cpu_s, 0.0, block.limits.row_timeouts)
        table = rows.begin(len(block.programs), len(block.tests))
        for i, row in enumerate(table):
            rows.finish(i, row, len(block.tests))
        cells = [[verdict.outcome for verdict in row] for row in table]
        result = super().run(block)
        result.outcomes[:] = cells
        return result


class Clock:
    """Judges the pairs of a block as the box does, by the seconds that they take."""

    def __init__(self, world, block):
        self.world, self.block = world, block

    def shareable(self, program, test):
        return False

    def looked(self, program, test):
        raise AssertionError("nothing is shareable")

    def crowded(self, program, test):
        return False

    def together(self, pairs, cpu_s):
        raise AssertionError("nothing is shareable")

    def alone(self, program, test, cpu_s):
        pair = self.block.programs[program], self.block.tests[test]
        outcome = self.world.verdict(*pair)
        seconds = 2.0 if outcome == T else self.world.case.seconds.get(pair, 0.1)
        if pair[1][0] == "t":
            self.world.ran.append(pair)
        return Verdict(T, cpu_s) if seconds > cpu_s else Verdict(outcome, seconds)


@pytest.mark.slow
@pytest.mark.parametrize("cases", [200, pytest.param(2000, marks=pytest.mark.long)])
def test_the_same_candidates_are_kept_with_the_same_score_as_from_the_full_matrix(cases):
    saved = stopped = 0
    for seed in range(cases):
        case = Case(np.random.default_rng(seed))
        full_box, full, _ = case.play(early=False)
        box, early, scheduler = case.play(early=True)
        for rule in RULES:
            expected, found = full.select(rule), early.select(rule)
            assert found.kept.tolist() == expected.kept.tolist(), seed
            digits = 6 if (full.matrix.outcomes != LEFT_OUT).all() else 0  # the share that breaks ties counts who was judged
            assert (
                np.floor(found.scores * 10**digits)[found.kept].tolist()
                == np.floor(expected.scores * 10**digits)[expected.kept].tolist()
            ), seed
        known = early.matrix.known
        assert (early.matrix.outcomes[known] == full.matrix.outcomes[known]).all(), seed
        waves, patience = 2 + 2 * LATER_WAVES, case.sandbox["row_timeouts"]
        late = waves * max(patience - 1, 0) * len(early.result.programs)  # a run of timeouts may lie across two waves
        assert len(box.ran) <= len(full_box.ran) + late, seed
        assert scheduler.counters.pairs_done == scheduler.counters.pairs_planned
        assert early.result.skipped == int((early.result.outcomes == L).sum())
        saved += early.result.skipped
        stopped += early.result.skipped > 0
    assert stopped > cases / 4
    assert saved > cases * 5


@pytest.mark.slow
def test_programs_that_pass_canaries_are_never_kept_and_never_lead_anybody_out():
    caught = stopped = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        case = Case(rng)
        texts = {text: f"t{number}" for number, text in ((number, real_test(number)) for number in range(40))}
        case.tests = [real_test(int(name[1:])) for name in case.tests]
        cheats = {f"p{number}" for number in range(8) if rng.random() < 0.3}
        plain_verdicts = dict(case.verdicts)
        case.verdicts = {(p, text): plain_verdicts[p, name] for p in {p for p, _ in plain_verdicts} for text, name in texts.items()}
        case.cheats = cheats
        (_, full, _), (_, early, _) = case.play(early=False), case.play(early=True)
        for rule in RULES:
            assert early.select(rule).kept.tolist() == full.select(rule).kept.tolist(), seed
        caught += len(early.result.tampered) > 0
        stopped += early.result.skipped > 0
    assert caught > 25
    assert stopped > 15


def real_test(number):
    body = f"class T{number}(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f({number}), {number})\n"
    return "import unittest\n\n" + body


class Loser:
    """Loses the first pair of the n-th block of tests, and whatever block it stands in, as often as it is tried."""

    def __init__(self, number):
        self.number = number
        self.seen = []
        self.doomed = None

    def before(self, world):
        def reply(command):
            if not isinstance(command, Execute) or command.kind != "tests":
                return world.answer(command)
            if command.command_id not in self.seen:
                self.seen.append(command.command_id)
                if len(self.seen) == self.number:
                    self.doomed = command.rows[0], command.columns[0]
            held = self.doomed is not None and self.doomed[0] in command.rows and self.doomed[1] in command.columns
            return lost(command) if held else world.answer(command)

        return reply


@pytest.mark.slow
def test_with_a_pair_given_up_everything_else_is_run():
    fell_back = 0
    for seed in range(100):
        case = Case(np.random.default_rng(seed))
        loser = Loser(1 + seed % 5)
        _, early, _ = case.play(early=True, answer=loser.before)
        _, full, _ = case.play(early=False)
        if loser.doomed is None:
            continue
        fell_back += 1
        missing = np.zeros(early.result.outcomes.shape, bool)
        missing[loser.doomed] = True
        assert early.result.skipped == 0
        assert len(early.result.lost) == 1
        assert ((early.result.outcomes != L) | missing).all()
        if not case.sandbox["row_timeouts"]:  # a lost cell ends a row of timeouts, so the rule may decide less
            assert (early.result.outcomes == full.result.outcomes)[~missing].all()
    assert fell_back > 33


def test_a_program_without_hope_is_one_that_cannot_tie_with_the_leader():
    outcomes = np.array([[P, P, P, L], [P, P, L, L], [F, F, P, L], [F, F, F, L]], np.int8)
    ones = np.ones(4, np.intp)
    assert hopeless(outcomes, ones, 0).tolist() == [False, False, True, True]
    assert hopeless(outcomes, ones, 1).tolist() == [False, False, False, True]
    assert hopeless(outcomes, np.array([1, 1, 1, 2]), 0).tolist() == [False, False, False, True]


def test_a_tampered_program_is_no_leader_and_runs_no_further():
    outcomes = np.array([[P, P, L], [F, F, L]], np.int8)
    assert hopeless(outcomes, np.ones(3, np.intp), 0, {0}).tolist() == [True, False]
    assert hopeless(outcomes[:1], np.ones(3, np.intp), 0, {0}).tolist() == [True]


def test_the_row_rule_leaves_out_what_stands_behind_so_many_timeouts_in_a_row():
    outcomes = np.array([[T, T, P, F], [T, P, T, T], [P, P, P, P]], np.int8)
    assert left_out(outcomes, 2).tolist() == [[False, False, True, True], [False] * 4, [False] * 4]
    assert not left_out(outcomes, 0).any()


def test_the_first_wave_has_half_of_the_tests_and_one_since_before_nobody_can_be_dropped():
    waves = Waves(width=512, patience=0)
    waves.add(range(100))
    outcomes, ones = np.zeros((2, 100), np.int8), np.ones(100, np.intp)
    (part,) = waves.advance(outcomes, ones, 0)
    assert (part.rows, part.columns) == ((0, 1), range(51))
    outcomes[0, :51], outcomes[1, :51] = P, F
    (part,) = waves.advance(outcomes, ones, 0)
    assert (part.rows, part.columns) == ((0,), range(51, 57))
    assert waves.dropped == {1: 51}


def test_a_resumed_run_asks_for_the_same_blocks():
    case = Case(np.random.default_rng(7))
    (first, one, _), (second, two, _) = case.play(early=True), case.play(early=True)
    assert first.asked == second.asked
    assert plain(one.result) == plain(two.result)


def test_the_order_of_answers_within_a_wave_changes_nothing():
    world = World(tests=tuple(f"t{number}" for number in range(40)))
    config = a_config(policy={"samples": 4}, selection={"early_stop": True}, sandbox={"block_pairs": 2})
    results = [
        play(Scheduler(config, PassPlan.single((20,) * 3), "box"), arrivals(), world.answer, choose)
        for choose in (lambda _: 0, lambda _: -1)
    ]
    assert [plain(result) for result in results[0]] == [plain(result) for result in results[1]]


@pytest.mark.parametrize("rule", ["codet", "b4", "mbr", "weighted"])
def test_rules_without_a_proof_are_refused(rule):
    with pytest.raises(ConfigError, match="early_stop"):
        a_config(selection={"rule": rule, "early_stop": True})


def test_a_choice_by_visible_examples_is_refused_since_the_leader_may_not_be_among_them():
    with pytest.raises(ConfigError, match="examples"):
        a_config(selection={"examples": True, "early_stop": True})


def test_a_rule_that_needs_every_pair_refuses_a_matrix_that_was_cut_short():
    for seed in range(50):
        _, early, _ = Case(np.random.default_rng(seed)).play(early=True)
        if early.result.skipped:
            with pytest.raises(DataError, match="every pair"):
                early.select(B4(1.0, 10.0))
            return
    raise AssertionError("none of the cases stopped early")


@pytest.mark.slow
def test_the_order_in_which_tests_are_given_changes_neither_a_cell_nor_the_choice():
    cut_short = 0
    for seed in range(80):
        rng = np.random.default_rng(seed)
        case = Case(rng)
        case.generated = False
        order = rng.permutation(len(case.tests))
        given = case.tests
        for early in (False, True):
            case.tests = given
            _, first, _ = case.play(early)
            case.tests = [given[place] for place in order]
            _, second, _ = case.play(early)
            assert (second.matrix.outcomes == first.matrix.outcomes[:, order]).all(), seed
            for rule in RULES if early else map(make_rule, [SelectionConfig(rule=name) for name in ALL_RULES]):
                assert second.select(rule).kept.tolist() == first.select(rule).kept.tolist(), seed
        cut_short += (first.matrix.outcomes == LEFT_OUT).any()
    assert cut_short > 13
