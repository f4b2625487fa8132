"""Verdicts by place: cells that grow, are filled and are left out."""

import numpy as np
from builders import World

from coderm.messages.execution import GRADINGS, Limits, Outcome
from coderm.scheduling.blocks import Judging, execute_commands
from coderm.scheduling.verdict_table import VerdictTable

JUDGING = Judging(Limits(), grading="isolated", fallback=True, details=False, environment="")
P, F, OUT, L = Outcome.PASSED, Outcome.FAILED, Outcome.LEFT_OUT, Outcome.LOST


def judged(table, kind, programs, texts, verdict):
    (command,) = execute_commands("p/0", kind, programs, texts, range(len(texts)), JUDGING, pairs=9)
    table.store(command, World(verdict=verdict).run(command.block))


def test_more_tests_widen_the_table_and_keep_what_is_known():
    table = VerdictTable.sized(2, 1, 0)
    table.widen(1)
    judged(table, "tests", ["a", "b"], ["t"], lambda p, t: P if p == "a" else F)
    table.widen(3)
    assert table.outcomes.tolist() == [[P, L, L], [F, L, L]]
    assert [cells.dtype.str for cells in (table.outcomes, table.grading, table.cpu_s)] == ["|i1", "|i1", "<f4"]
    assert table.passing(range(1)) == [0]
    assert table.passing(range(1, 3)) == []
    assert (table.lost(), table.checks.tolist(), table.examples.shape) == (4, [[L], [L]], (2, 0))


def test_a_cell_that_is_left_out_costs_nothing_and_has_a_grading_though_nobody_ran_it():
    table = VerdictTable.sized(1, 0, 0)
    table.widen(2)
    judged(table, "tests", ["a"], ["t"], lambda p, t: P)
    isolated = GRADINGS.index("isolated")
    table.leave_out(np.array([[True, True]]), isolated)
    assert (table.outcomes.tolist(), table.cpu_s.tolist()) == ([[OUT, OUT]], [[0.0, 0.0]])
    assert table.grading.tolist() == [[0, isolated]]  # what was run keeps the grading that judged it


def test_spread_gives_every_candidate_and_test_its_cell_and_marks_who_passed_a_canary():
    table = VerdictTable.sized(2, 0, 0)
    table.widen(2)
    judged(table, "tests", ["a", "b"], ["t", "u"], lambda p, t: P if t == "t" else F)
    judged(table, "canaries", ["a", "b"], ["x"], lambda p, t: P if p == "b" else F)
    spread = table.spread(np.array([1, 0, 0]), [1, 0, 1])
    assert spread.tolist() == [[Outcome.TAMPERED] * 3, [F, P, F], [F, P, F]]
    assert table.outcomes.tolist() == [[P, F], [P, F]]
