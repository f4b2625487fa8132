"""The order of a row, with a judge that only looks things up."""

from coderm.sandbox.runner import codes
from coderm.sandbox.runner.pair import Verdict
from coderm.sandbox.runner.row import Rows

PASS, SLOW, LOOP = 0.01, 0.6, 100.0
"""CPU seconds a test needs."""


class Table:
    """A judge that knows how long each test needs; `alone_s` where it differs in a second run."""

    def __init__(self, needs, shareable=True, broken=(), alone_s=None, proves=False):
        self.needs = needs
        self.shares = shareable
        self.broken = set(broken)
        self.alone_s = alone_s or {}
        self.ran = []
        self.proves = proves

    def shareable(self, program, test):
        return self.shares

    def together(self, program, tests, cpu_s):
        self.ran.append(("together", tests[0], len(tests) if cpu_s >= 1 else cpu_s))
        verdicts = []
        for test in tests:
            if test in self.broken:
                return verdicts, True
            if self.proves and self.needs[test] == LOOP:
                return [*verdicts, Verdict(codes.TIMEOUT, 0.1, endless=True)], False
            verdicts.append(self._verdict(self.needs[test], cpu_s))
            if verdicts[-1].outcome == codes.TIMEOUT:
                break
        return verdicts, False

    def alone(self, program, test, cpu_s):
        self.ran.append(("alone", test, cpu_s))
        return self._verdict(self.alone_s.get(test, self.needs[test]), cpu_s)

    def _verdict(self, needs, cpu_s):
        return Verdict(codes.TIMEOUT, cpu_s + 0.001) if needs > cpu_s else Verdict(codes.PASSED, needs)


def run(table, patience=3, band=0.0):
    rows = Rows(table, 1.0, band, patience)
    row = rows.run(0, len(table.needs))
    rows.settle()
    return "".join("T" if verdict.outcome == codes.TIMEOUT else "P" for verdict in row), rows.counts


def test_tests_that_share_run_in_one_session():
    table = Table([PASS] * 5)
    assert run(table)[0] == "PPPPP"
    assert table.ran == [("together", 0, 5)]


def test_tests_that_do_not_share_run_alone_at_the_full_limit():
    table = Table([PASS] * 3, shareable=False)
    assert run(table)[0] == "PPP"
    assert table.ran == [("alone", test, 1.0) for test in range(3)]


def test_a_session_in_doubt_is_settled_by_a_fresh_process_and_goes_on_in_another():
    table = Table([PASS] * 6, broken=[2])
    assert run(table)[0] == "PPPPPP"
    assert table.ran == [("together", 0, 6), ("alone", 2, 1.0), ("together", 3, 3)]


def test_where_sessions_are_in_vain_ever_more_tests_run_alone_at_once():
    table = Table([PASS] * 20, broken=range(16))
    assert run(table)[0] == "P" * 20
    assert [start for how, start, _ in table.ran if how == "together"] == [0, 2, 5, 10, 19]
    assert sorted(test for how, test, _ in table.ran if how == "alone") == list(range(19))
    table = Table([PASS] * 6, broken=[0])
    assert run(table)[0] == "PPPPPP"
    assert table.ran == [("together", 0, 6), ("alone", 0, 1.0), ("alone", 1, 1.0), ("together", 2, 4)]


def test_a_loop_costs_its_limit_once_and_quarters_then():
    table = Table([PASS, LOOP, LOOP, LOOP, PASS])
    verdicts, counts = run(table)
    assert verdicts == "PTTTT"
    assert counts.decided == 1
    assert table.ran == [("together", 0, 5), ("together", 2, 0.25), ("together", 3, 0.25)]


def test_a_slow_test_that_was_cut_gets_its_full_limit_when_the_row_recovers():
    table = Table([LOOP, SLOW, PASS, PASS])
    verdicts, counts = run(table)
    assert verdicts == "TPPP"
    assert counts.decided == 0
    assert ("together", 1, 0.25) in table.ran
    assert ("alone", 1, 1.0) in table.ran


def test_a_loop_that_is_proved_needs_no_second_run_and_counts_like_any_other():
    table = Table([LOOP, LOOP, PASS, LOOP, LOOP, LOOP, PASS], proves=True)
    verdicts, counts = run(table)
    assert verdicts == "TTPTTTT"
    assert counts.decided == 1
    assert not any(how == "alone" for how, _, _ in table.ran)


def test_what_ends_a_session_on_probation_is_settled_alone():
    table = Table([LOOP, PASS, PASS], broken=[1])
    assert run(table)[0] == "TPP"
    assert ("alone", 1, 0.25) in table.ran


def test_a_slow_test_at_the_end_of_a_row_gets_its_full_limit():
    assert run(Table([LOOP, SLOW]))[0] == "TP"
    assert run(Table([LOOP, LOOP]))[0] == "TT"


def test_without_patience_every_test_has_its_full_limit():
    table = Table([LOOP, LOOP, SLOW, LOOP, LOOP])
    verdicts, counts = run(table, patience=0)
    assert verdicts == "TTPTT"
    assert counts.decided == 0
    assert not any(how == "alone" and rest == 0.25 for how, _, rest in table.ran)


def test_borderline_pairs_run_again_alone_and_the_smaller_time_decides():
    table = Table([PASS, 1.1, 0.9, 1.15, PASS], alone_s={1: 0.95, 2: 1.1, 3: 1.1})
    verdicts, counts = run(table, band=0.2)
    assert verdicts == "PPPTP"
    assert (counts.reruns, counts.flips) == (3, 1)
    assert [entry[:2] for entry in table.ran[-3:]] == [("alone", 1), ("alone", 2), ("alone", 3)]


def test_without_a_band_nothing_runs_again():
    verdicts, counts = run(Table([0.99, 1.01]), band=0.0)
    assert verdicts == "PT"
    assert counts.reruns == 0
