"""The host's side of a block of cases: what is sent, in which portions, and what is believed of the answers."""

import contextlib
import os
import threading

import numpy as np
import pytest

from coderm.errors import DataError, SandboxLost
from coderm.messages.cases import Case, CaseBlock, Comparison
from coderm.messages.execution import Limits, Outcome
from coderm.sandbox.judges import Judges
from coderm.sandbox.runner.transport.frames import encode, read_frame
from coderm.sandbox.wire.cases import job_of, run_cases
from coderm.sandbox.wire.channel import Channel, Plain
from coderm.sandbox.wire.checking import verdict
from coderm.sandbox.wire.jobs import MAX_PART, PORTION_BYTES, PORTION_CASES, Ended, Files, portion

LIMITS = Limits(wall_s=0.1)
CASES = tuple(Case(f"{n}\n", f"SECRET{n}\n") for n in range(4))
END = {"type": "end", "reruns": 0, "flips": 0, "memory_mb": 1.5}


class Box:
    """Answers a block as the runner does: program i writes what `outputs[i]` gives for a case, or ends with that outcome."""

    def __init__(self, outputs, *, end=END, change=None):
        self.outputs, self.end, self.change = outputs, end, change
        self.received, self.portions = b"", []
        self.inbound, host_out = os.pipe()
        host_in, self.outbound = os.pipe()
        self.channel = Channel(host_in, host_out, Plain(), "box")
        self._ends = host_out, host_in
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _take(self, size):
        data = b""
        while len(data) < size:
            data += os.read(self.inbound, size - len(data))
        self.received += data
        return data

    def _frame(self):
        message = read_frame(self.inbound)
        self.received += repr(message).encode()
        return message

    def _say(self, message, data=b""):
        os.write(self.outbound, encode(message) + data)

    def _serve(self):
        with contextlib.suppress(OSError):  # the host has gone
            self._frame(), self._frame()
            self._serve_portions()

    def _serve_portions(self):
        while True:
            self._say({"type": "next"})
            message = self._frame()
            for size in message["parts"] if message else ():
                self._take(size)
            if not message or not message["cases"]:
                break
            self.portions.append((len(message["cases"]), message["programs"]))
            for number, _ in message["cases"]:
                for program in message["programs"]:
                    self._pair(program, number)
        self._say(self.end)

    def _pair(self, program, number):
        told = self.outputs[program](number)
        output, outcome = (told, 1) if isinstance(told, bytes) else (b"", int(told))
        pair = {"type": "pair", "at": [program, number], "outcome": outcome, "cpu_s": 0.25, "detail": "why", "exited": True}
        self._say((self.change or dict)(pair | {"sizes": [len(output), 0]}), output)

    def close(self):
        """Leave the box, wait until its thread has seen that, and close the rest."""
        for fd in self._ends:
            os.close(fd)
        self._thread.join()
        for fd in (self.inbound, self.outbound):
            os.close(fd)


def right(number):
    return f"SECRET{number}\n".encode()


def wrong(number):
    return b"no\n"


def late(number):
    return right(number) if number < 2 else b"no\n"


def run(outputs, cases=CASES, box=None, **options):
    block = CaseBlock("b", ("program",) * len(outputs), cases, **{"limits": LIMITS, **options})
    box = box or Box(outputs)
    try:
        with Judges(lambda: pytest.fail("no checker was asked for")).judge(block, lambda: None) as judge:
            return run_cases(box.channel, block, judge), box
    finally:
        box.close()


def labels(result):
    return [[Outcome(int(code)).label for code in row] for row in result.outcomes]


def test_outputs_are_compared_here_and_outcomes_of_the_box_stand():
    result, _ = run([right, wrong, lambda n: Outcome.TIMEOUT], details=True)
    assert labels(result) == [["passed"] * 4, ["failed"] * 4, ["timeout"] * 4]
    assert (result.memory_mb, result.cpu_s[0, 0], result.cpu_s.dtype) == (1.5, 0.25, np.float32)
    assert result.details[1, 2] == "wrong output: expected 'SECRET2\\n', got 'no\\n'"
    assert result.details[2, 0] == "why"


def test_nothing_that_is_expected_is_ever_sent():
    _, box = run([right, wrong], stop="first_failure")
    assert b"program" in box.received
    assert b"SECRET" not in box.received
    job = job_of(CaseBlock("b", ("p",), CASES))
    assert "SECRET" not in repr(list(job.cases)) + repr(job.programs)


def test_all_cases_go_at_once_where_every_pair_runs():
    _, box = run([right, wrong])
    assert box.portions == [(4, [0, 1])]


def test_a_program_that_failed_is_named_no_more_where_the_first_failure_decides():
    result, box = run([right, wrong, late, right], stop="first_failure")
    assert box.portions == [(1, [0, 1, 2, 3]), (1, [0, 2, 3]), (1, [0, 2, 3]), (1, [0, 3])]
    assert labels(result)[1:3] == [["failed"] + ["left_out"] * 3, ["passed", "passed", "failed", "left_out"]]


def test_few_programs_get_portions_that_double_and_what_ran_too_far_is_left_out():
    result, box = run([lambda n: right(n) if n != 1 else b"no"], tuple(CASES) * 2, stop="first_failure")
    assert box.portions == [(1, [0]), (2, [0])]
    assert labels(result) == [["passed", "failed"] + ["left_out"] * 6]


def test_portions_are_bounded_in_number_and_bytes():
    many = tuple(Case(f"{n}\n", f"SECRET{n}\n") for n in range(PORTION_CASES + 1))
    assert [size for size, _ in run([right], many)[1].portions] == [PORTION_CASES, 1]
    large = tuple(Case("x" * (PORTION_BYTES // 2) + str(n), f"SECRET{n}") for n in range(3))
    assert [size for size, _ in run([right], large)[1].portions] == [1, 1, 1]


def test_equal_parts_are_sent_once():
    frame, *parts = portion(0, [Files(b"", (b"a", b"b")), Files(b"", (b"a", b"c"))], [0])
    assert parts == [b"a", b"b", b"c"]
    assert b'"cases":[[0,[0,1,2]],[1,[0,1,3]]]' in frame


def test_an_input_that_is_too_long_is_refused_before_anything_is_sent():
    with pytest.raises(DataError, match=f"over the limit of {MAX_PART}"):
        job_of(CaseBlock("b", ("p",), (Case("1\n", "1\n"), Case("x" * (MAX_PART + 1), "1\n"))))


def test_no_programs_or_no_cases_give_an_empty_result():
    assert run([], CASES)[0].outcomes.shape == (0, 4)
    assert run([right], ())[0].outcomes.shape == (1, 0)


def test_an_exception_where_other_statuses_are_allowed_is_judged_by_what_was_written():
    def raised(pair):
        return pair | {"outcome": int(Outcome.ERROR)}

    for outputs, label in (([right], "passed"), ([wrong], "error")):
        result, _ = run(outputs, CASES[:1], Box(outputs, change=raised), nonzero_exit="allowed")
        assert labels(result) == [[label]]


@pytest.mark.parametrize(
    "change",
    [
        {"type": "passed"},
        {"at": [1, 0]},
        {"at": [0, 4]},
        {"at": [0]},
        {"at": None},
        {"outcome": len(Outcome)},
        {"outcome": True},
        {"outcome": "1"},
        {"cpu_s": -1},
        {"cpu_s": float("nan")},
        {"sizes": [1 << 40, 0]},
        {"sizes": [-1, 0]},
        {"sizes": [0, 1 << 20]},
        {"sizes": []},
    ],
)
def test_nonsense_about_a_pair_is_a_loss(change):
    box = Box([lambda n: b""], change=lambda pair: pair | change)
    with pytest.raises(SandboxLost, match="block b"):
        run([right], CASES[:1], box)


@pytest.mark.parametrize("change", [{"reruns": -1}, {"flips": 5}, {"memory_mb": float("inf")}, {"type": "finish"}])
def test_nonsense_at_the_end_is_a_loss(change):
    with pytest.raises(SandboxLost, match="block b"):
        run([right], CASES[:1], Box([right], end=END | change))


def test_pairs_that_a_box_leaves_out_without_a_reason_are_a_loss():
    def twice_the_first(pair):
        return pair | {"at": [0, 0]}

    with pytest.raises(SandboxLost, match="left pairs out"):
        run([right], CASES[:2], Box([right], change=twice_the_first))


CHECKED = {
    (Outcome.PASSED, b"1"): Outcome.PASSED,
    (Outcome.PASSED, b"OK, two numbers"): Outcome.PASSED,
    (Outcome.PASSED, b""): Outcome.PASSED,
    (Outcome.PASSED, b"0"): Outcome.FAILED,
    (Outcome.PASSED, b"\xff"): Outcome.FAILED,
    (Outcome.EXIT_STATUS, b"1"): Outcome.FAILED,
    (Outcome.ERROR, b"1"): Outcome.ERROR,
    (Outcome.TIMEOUT, b"1"): Outcome.ERROR,
    (Outcome.MEMORY, b""): Outcome.ERROR,
}


@pytest.mark.parametrize(("outcome", "said"), CHECKED)
def test_what_a_checker_says_is_a_pass_only_where_it_ended_well(outcome, said):
    assert verdict(Ended(0, 0, outcome, 0.1, said, "exited with status 1"))[0] is CHECKED[outcome, said]


def test_a_checker_that_ends_oddly_is_an_error_of_the_pair():
    assert verdict(Ended(0, 0, Outcome.EXIT_STATUS, 0.1, b"1", "exited with status 3"))[0] is Outcome.ERROR


def test_a_comparison_is_one_of_the_names():
    assert Comparison().name == "tokens"
