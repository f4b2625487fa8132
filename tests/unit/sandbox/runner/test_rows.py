"""The order of a row, with a judge that only looks things up."""

from hypothesis import given
from hypothesis import strategies as st

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.grading.rows import Rows
from coderm.sandbox.runner.grading.verdicts import Verdict

PASS, SLOW, LOOP = 0.01, 0.6, 100.0
"""CPU seconds a test needs."""


class Table:
    """A judge that knows how long each test needs; `alone_s` where it differs in a second run."""

    def __init__(self, needs, shareable=True, broken=(), alone_s=None, proves=False, changing=None):
        self.needs = needs
        self.changing = changing
        """Tests after which a look finds a change; None: no test is looked at."""
        self.shares = shareable
        self.broken = set(broken)
        self.alone_s = alone_s or {}
        self.ran = []
        self.proves = proves

    def shareable(self, program, test):
        return self.shares

    def looked(self, program, test):
        return self.changing is not None

    def crowded(self, program, test):
        return False

    def together(self, pairs, cpu_s):
        tests = [test for _, test in pairs]
        self.ran.append(("together", tests[0], len(tests) if cpu_s >= 1 else cpu_s))
        verdicts = []
        for test in tests:
            if test in self.broken:
                return verdicts, True
            if self.proves and self.needs[test] == LOOP:
                return [*verdicts, Verdict(constants.TIMEOUT, 0.1, endless=True)], False
            verdicts.append(self._verdict(self.needs[test], cpu_s))
            if self.changing and test in self.changing:
                break
            if verdicts[-1].outcome == constants.TIMEOUT:
                break
        return verdicts, False

    def alone(self, program, test, cpu_s):
        self.ran.append(("alone", test, cpu_s))
        return self._verdict(self.alone_s.get(test, self.needs[test]), cpu_s)

    def _verdict(self, needs, cpu_s):
        return Verdict(constants.TIMEOUT, cpu_s + 0.001) if needs > cpu_s else Verdict(constants.PASSED, needs)


def run(table, patience=3, band=0.0):
    rows = Rows(table, 1.0, band, patience)
    (row,) = rows.begin(1, len(table.needs))
    rows.finish(0, row, len(table.needs))
    rows.rerun_borderline()
    return "".join({constants.TIMEOUT: "T", constants.LEFT_OUT: "-"}.get(verdict.outcome, "P") for verdict in row), rows.counts


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


def test_a_change_ends_a_session_and_the_next_ones_hold_no_more_than_came_through():
    table = Table([PASS] * 12, changing={1, 3})
    assert run(table)[0] == "P" * 12
    assert table.ran == [("together", 0, 12), ("together", 2, 2), ("together", 4, 4), ("together", 8, 4)]


def test_a_program_that_changes_something_at_every_test_costs_as_much_as_single_runs():
    table = Table([PASS] * 6, changing=set(range(6)))
    assert run(table)[0] == "P" * 6
    assert [(how, start) for how, start, _ in table.ran] == [(how, n) for n, how in enumerate(["together", "alone"] * 3)]


def test_every_timeout_of_a_loop_had_its_full_limit_and_the_rest_is_left_out():
    table = Table([PASS, LOOP, LOOP, LOOP, PASS])
    assert run(table)[0] == "PTTT-"
    assert table.ran == [("together", 0, 5), ("together", 2, 3), ("together", 3, 2)]


def test_slow_tests_behind_a_timeout_have_their_full_limit():
    slow_first = [1.8, 0.5, 0.45, 0.01, 0.0]
    for shareable in (True, False):
        assert run(Table(slow_first, shareable))[0] == "TPPPP"
        assert run(Table(slow_first[::-1], shareable))[0] == "PPPPT"


@given(st.lists(st.sampled_from([PASS, SLOW, 0.95, 1.1, LOOP]), max_size=7), st.randoms(), st.integers(0, 3), st.booleans())
def test_the_order_of_tests_changes_no_verdict_that_is_given(needs, chance, patience, shareable):
    order = chance.sample(range(len(needs)), len(needs))
    for band in (0.0, 0.2):
        verdicts = run(Table(needs, shareable), patience, band)[0]
        again = run(Table([needs[place] for place in order], shareable), patience, band)[0]
        own = {place: "T" if needs[place] > 1 else "P" for place in range(len(needs))}
        assert all(found in ("-", own[place]) for place, found in enumerate(verdicts))
        assert all(found in ("-", own[place]) for place, found in zip(order, again, strict=True))
        if sum(need > 1 for need in needs) < patience or not patience:
            assert "-" not in verdicts + again


def test_a_loop_that_is_proved_needs_no_second_run_and_counts_like_any_other():
    table = Table([LOOP, LOOP, PASS, LOOP, LOOP, LOOP, PASS], proves=True)
    assert run(table)[0] == "TTPTTT-"
    assert not any(how == "alone" for how, _, _ in table.ran)


def test_what_ends_a_session_after_a_timeout_is_settled_alone():
    table = Table([LOOP, PASS, PASS], broken=[1])
    assert run(table)[0] == "TPP"
    assert ("alone", 1, 1.0) in table.ran


def test_without_patience_nothing_is_left_out():
    assert run(Table([LOOP, LOOP, SLOW, LOOP, LOOP, LOOP]), patience=0)[0] == "TTPTTT"


def test_a_row_is_not_ended_by_timeouts_that_a_second_run_takes_back():
    needs = [1.1, 1.1, 1.1, PASS, 1.15]
    taken_back, counts = run(Table(needs, alone_s={0: 1.1, 1: 0.9, 2: 1.1, 4: 1.1}), band=0.2)
    assert taken_back == "TPTPT"
    assert (counts.reruns, counts.flips) == (4, 1)
    confirmed, counts = run(Table(needs, alone_s=dict.fromkeys(range(5), 1.1)), band=0.2)
    assert confirmed == "TTT--"
    assert (counts.reruns, counts.flips) == (3, 0)


def test_the_message_of_a_timeout_gives_the_numbers_that_decided():
    rows = Rows(Table([1.12, LOOP, PASS]), 1.0, 0.2, 1)
    (row,) = rows.begin(1, 2)
    rows.finish(0, row, 2)
    rows.rerun_borderline()
    assert [verdict.detail for verdict in row] == [
        "over the CPU limit: 1.12 s of 1 s",
        "left out: the program timed out 1 times in a row before",
    ]


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


class Crowd:
    """A judge of programs that are proved, but for those of `denied`. A test of `broken` can be judged alone only.

    apart: pairs that share their processes with none of another program.
    """

    def __init__(self, needs, broken=(), denied=(), apart=()):
        self.needs, self.broken, self.denied, self.apart = needs, set(broken), set(denied), set(apart)
        self.ran = []

    def shareable(self, program, test):
        return (program, test) not in self.denied

    def looked(self, program, test):
        return False

    def crowded(self, program, test):
        return (program, test) not in self.apart

    def together(self, pairs, cpu_s):
        self.ran.append(list(pairs))
        verdicts = []
        for pair in pairs:
            if pair in self.broken:
                return verdicts, True
            verdicts.append(self.judge(pair, cpu_s))
            if verdicts[-1].outcome == constants.TIMEOUT:
                break
        return verdicts, False

    def alone(self, program, test, cpu_s):
        self.ran.append([(program, test)])
        return self.judge((program, test), cpu_s)

    def judge(self, pair, cpu_s):
        needs = self.needs[pair[0]][pair[1]]
        return Verdict(constants.TIMEOUT, cpu_s + 0.001) if needs > cpu_s else Verdict(constants.PASSED, needs)


def crowd(judge, patience=2):
    rows = Rows(judge, 1.0, 0.0, patience)
    table = rows.begin(len(judge.needs), len(judge.needs[0]))
    for program, row in enumerate(table):
        rows.finish(program, row, len(judge.needs[0]))
    marks = {constants.TIMEOUT: "T", constants.LEFT_OUT: "-"}
    return ["".join(marks.get(verdict.outcome, "P") for verdict in row) for row in table]


def test_all_proved_programs_of_a_block_share_one_session():
    judge = Crowd([[PASS] * 3] * 4)
    assert crowd(judge) == ["PPP"] * 4
    assert judge.ran == [[(program, test) for program in range(4) for test in range(3)]]


def test_a_program_that_could_find_what_others_left_shares_with_none():
    judge = Crowd([[PASS] * 2] * 3, apart={(1, 0), (1, 1)})
    assert crowd(judge) == ["PP"] * 3
    assert judge.ran == [[(0, 0), (0, 1), (2, 0), (2, 1)], [(1, 0), (1, 1)]]


def test_a_program_that_ends_the_session_leaves_it_and_the_others_go_on():
    judge = Crowd([[PASS] * 3, [PASS, LOOP, LOOP], [PASS] * 3, [PASS] * 3], broken=[(2, 0)])
    assert crowd(judge) == ["PPP", "PTT", "PPP", "PPP"]
    first, second, third, *rest = judge.ran
    assert (first[0], second[0], third) == ((0, 0), (2, 0), [(1, 2)])
    assert rest == [[(2, 0), (2, 1), (2, 2)], [(2, 0)], [(2, 1)], [(2, 2)], [(3, 0), (3, 1), (3, 2)]]


def test_a_test_that_is_not_proved_begins_the_part_of_a_row_that_runs_by_itself():
    judge = Crowd([[PASS] * 3] * 2, denied=[(0, 1)])
    assert crowd(judge) == ["PPP", "PPP"]
    assert judge.ran == [[(0, 0), (1, 0), (1, 1), (1, 2)], [(0, 1)], [(0, 2)]]


@given(st.lists(st.lists(st.sampled_from([PASS, SLOW, LOOP]), min_size=3, max_size=3), min_size=1, max_size=4), st.data())
def test_a_crowd_gives_no_other_verdicts_than_rows(needs, data):
    places = st.tuples(st.integers(0, len(needs) - 1), st.integers(0, 2))
    broken, denied = data.draw(st.sets(places)), data.draw(st.sets(places))
    for patience in (0, 1, 2):
        alone = [crowd(Crowd([row], denied=[(0, test) for test in range(3)]), patience)[0] for row in needs]
        assert crowd(Crowd(needs, broken, denied), patience) == alone
