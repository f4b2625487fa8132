"""The contract of blocks of cases: right programs of every idiom are right, and every other end has its outcome."""

import pytest
from idioms import EXPECTED, IDIOMS, INPUT
from pairs import ADD, ADDS, IMAGE, WRONG, assert_serving

from actors.executor import ExecutorActor
from coderm.config.schema import SandboxConfig
from coderm.messages.cases import Case, CaseBlock, Comparison
from coderm.messages.execution import GRADINGS, Block, Limits, Outcome

LIMITS = Limits(cpu_s=5.0, wall_s=60.0)
TIGHT = Limits(cpu_s=0.3, wall_s=60.0)
DOUBLE = "print(2 * int(input()))\n"
CASES = tuple(Case(f"{n}\n", f"{2 * n}\n") for n in range(1, 6))
FAIL_FIRST = "n = int(input())\nprint(2 * n if n > 1 else 0)\n"


def judged(box, program, given="21\n", expected="42\n", limits=LIMITS, **options):
    result = box.run(CaseBlock("b", (program,), (Case(given, expected),), limits=limits, details=True, **options))
    return Outcome(int(result.outcomes[0, 0])), result.details.get((0, 0), "")


def rows(box, programs, cases=CASES, **options):
    result = box.run(CaseBlock("b", tuple(programs), cases, **{"limits": LIMITS, **options}))
    return [[Outcome(int(code)).label for code in row] for row in result.outcomes]


@pytest.mark.parametrize("name", IDIOMS)
def test_a_right_program_is_right(started, name):
    assert judged(started, IDIOMS[name], INPUT, EXPECTED) == (Outcome.PASSED, "")


def test_there_are_many_idioms():
    assert len(IDIOMS) >= 32


ENDS = {
    "an exception": (DOUBLE + "1 / 0", Outcome.ERROR, "ZeroDivisionError: division by zero"),
    "no number": ("int('x')", Outcome.ERROR, "ValueError"),
    "no compiling": ("print(", Outcome.ERROR, "does not compile"),
    "a text of null bytes": ("print(1)\0", Outcome.ERROR, "does not compile"),
    "the end of the input": ("input(), input()", Outcome.ERROR, "EOFError"),
    "recursion": ("def f():\n    f()\nf()", Outcome.ERROR, "RecursionError"),
    "status 3": (DOUBLE + "raise SystemExit(3)", Outcome.EXIT_STATUS, "exited with status 3"),
    "status -1": (DOUBLE + "import os\nos._exit(-1)", Outcome.EXIT_STATUS, "exited with status 255"),
    "status of a text": (DOUBLE + "import sys\nsys.exit('sorry')", Outcome.EXIT_STATUS, "sorry"),
    "status 256, which is 0": (DOUBLE + "import sys\nsys.exit(256)", Outcome.PASSED, ""),
    "a signal": (DOUBLE + "import os\nos.kill(os.getpid(), 15)", Outcome.ERROR, "killed by signal 15"),
    "a crash": ("import ctypes\nctypes.string_at(0)", Outcome.ERROR, "killed by signal 11"),
    "a closed output": (DOUBLE + "import os\nos.close(1)", Outcome.EXIT_STATUS, "exited with status 120"),
    "nothing": ("", Outcome.FAILED, "wrong output: expected '42\\n', got ''"),
    "a wrong number": ("print(41)", Outcome.FAILED, "got '41\\n'"),
    "bytes that are no text": ("import os\nos.write(1, bytes(range(256)))", Outcome.FAILED, "wrong output"),
    "all memory": ("x = bytearray(1 << 34)", Outcome.MEMORY, "out of memory"),
    "memory by and by": ("x = []\nwhile True:\n    x.append(bytearray(1 << 20))", Outcome.MEMORY, "out of memory"),
}


@pytest.mark.parametrize("name", ENDS)
def test_every_end_has_its_outcome_and_reason(started, name):
    program, outcome, reason = ENDS[name]
    got, detail = judged(started, program)
    assert got is outcome, detail
    assert reason in detail


@pytest.mark.parametrize(
    "program",
    [
        "while True:\n    pass",
        "def f():\n    while True:\n        try:\n            f()\n        except BaseException:\n            pass\nf()",
    ],
)
def test_a_loop_is_a_timeout(started, program):
    assert judged(started, program, limits=TIGHT)[0] is Outcome.TIMEOUT


def test_a_sleeper_is_a_timeout(started):
    limits = Limits(cpu_s=5.0, wall_s=1.0)
    assert judged(started, "import time\ntime.sleep(600)", limits=limits)[0] is Outcome.TIMEOUT
    assert judged(started, "import threading\nthreading.Event().wait()", limits=limits)[0] is Outcome.TIMEOUT
    assert judged(started, "import os\nos.read(os.pipe()[0], 1)", limits=limits)[0] is Outcome.TIMEOUT


@pytest.mark.parametrize(
    "program", ["while True:\n    print('x' * 4096)", "print('x' * 65_537)", "import os\nos.write(1, bytes(1 << 20))"]
)
def test_output_over_its_limit_has_its_outcome(started, program):
    assert judged(started, program, limits=Limits(cpu_s=5.0, wall_s=60.0, output_kb=64))[0] is Outcome.OUTPUT_LIMIT


def test_output_at_its_limit_is_compared(started):
    limits = Limits(cpu_s=5.0, wall_s=60.0, output_kb=64)
    assert judged(started, "print('x' * 65_535)", expected="x" * 65_535, limits=limits)[0] is Outcome.PASSED


def test_ten_megabytes_go_in_and_come_out(started):
    given = "".join(f"{n:09}\n" for n in range(1_000_000))
    assert len(given) == 10_000_000
    copy = "import sys\nsys.stdout.write(sys.stdin.read())"
    wrong = "import sys\nsys.stdout.write(sys.stdin.read()[:-2] + '0\\n')"
    copy_bytes = "import shutil, sys\nshutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
    result = rows(started, [copy, wrong, copy_bytes], (Case(given, given),), comparison=Comparison("exact"))
    assert result == [["passed"], ["failed"], ["passed"]]


def test_bytes_that_are_no_text_pass_through_text_streams(started):
    copy = "import sys\nsys.stdout.write(sys.stdin.read())"
    assert judged(started, copy, "\xff\ud800\n", "\xff\ud800\n", comparison=Comparison("exact"))[0] is Outcome.PASSED


def test_a_matrix_of_many_programs_and_cases(started):
    programs = [DOUBLE, FAIL_FIRST, "print(input())", "1 / 0"]
    assert rows(started, programs) == [["passed"] * 5, ["failed"] + ["passed"] * 4, ["failed"] * 5, ["error"] * 5]


def test_the_first_failure_ends_a_row(started):
    programs = [DOUBLE, FAIL_FIRST, DOUBLE, "1 / 0", "print(2 * int(input()))\nraise SystemExit(1)"]
    left = ["left_out"] * 4
    expected = [["passed"] * 5, ["failed", *left], ["passed"] * 5, ["error", *left], ["exit_status", *left]]
    assert rows(started, programs, stop="first_failure") == expected
    for program, row in zip(programs, expected, strict=True):
        assert rows(started, [program], stop="first_failure") == [row]


def test_a_program_that_fails_late_is_left_out_from_there(started):
    late = "n = int(input())\nprint(2 * n if n < 4 else 0)\n"
    assert rows(started, [late], stop="first_failure") == [["passed"] * 3 + ["failed", "left_out"]]
    assert rows(started, [late, DOUBLE, DOUBLE], stop="first_failure")[0] == ["passed"] * 3 + ["failed", "left_out"]


def test_so_many_timeouts_in_a_row_end_it(started):
    limits = Limits(cpu_s=0.2, wall_s=60.0, row_timeouts=2)
    assert rows(started, ["while True: pass", DOUBLE], limits=limits) == [["timeout"] * 2 + ["left_out"] * 3, ["passed"] * 5]


def test_another_status_than_0_may_be_allowed(started):
    programs = [
        DOUBLE + "raise SystemExit(1)",
        DOUBLE + "1 / 0",
        "raise SystemExit(1)",
        "1 / 0",
        "import os\nos.kill(os.getpid(), 9)",
    ]
    got = rows(started, programs, CASES[:1], nonzero_exit="allowed")
    assert got == [["passed"], ["passed"], ["failed"], ["error"], ["error"]]


def test_more_cases_than_one_portion_takes(started):
    cases = tuple(Case(f"{n}\n", f"{2 * n}\n") for n in range(100))
    assert rows(started, [DOUBLE], cases) == [["passed"] * 100]


def test_inputs_together_larger_than_a_portion(started):
    given = [f"{n}\n" + "x" * 1_500_000 for n in range(6)]
    assert rows(started, [DOUBLE], tuple(Case(text, f"{2 * n}") for n, text in enumerate(given))) == [["passed"] * 6]


def test_a_program_that_is_too_long_is_an_error(started):
    assert judged(started, "#" * 2_000_001)[0] is Outcome.ERROR


def test_pairs_are_isolated_and_take_time(started):
    result = started.run(CaseBlock("b", (DOUBLE,), CASES, limits=LIMITS))
    assert (result.grading == GRADINGS.index("isolated")).all()
    assert (result.cpu_s > 0).all()
    assert result.memory_mb >= 0


def test_nothing_of_a_pair_is_left_for_the_next(started):
    leave = (
        "import os\nopen('note', 'w').write('x')\nos.makedirs('a/b')\nif os.fork() == 0:\n    import time\n    time.sleep(600)\n"
        + DOUBLE
    )
    look = "import os\nn = int(input())\nprint(2 * n if os.listdir('.') == [] else 0)\n"
    assert rows(started, [leave, look]) == [["passed"] * 5] * 2


def test_what_a_program_left_behind_writes_into_no_later_output(started):
    write = "    while True:\n        os.write(1, b'999 ')\n        time.sleep(0.001)\n"
    leave = DOUBLE + "import os, time\nif os.fork() == 0:\n" + write + "os._exit(1)\n"
    assert rows(started, [leave, DOUBLE]) == [["exit_status"] * 5, ["passed"] * 5]


def test_an_input_cannot_be_changed_for_later_programs(started):
    spoil = (
        "import fcntl, os\n"
        "for path in ('/dev/stdin', '/proc/self/fd/0'):\n    for mode in (os.O_RDWR, os.O_WRONLY | os.O_TRUNC):\n"
        "        try:\n            os.pwrite(os.open(path, mode), b'99', 0)\n        except OSError:\n            pass\n"
        "for call in (os.ftruncate, lambda fd, n: os.fchmod(fd, 0o777), lambda fd, n: os.write(fd, b'9')):\n"
        "    try:\n        call(0, 0)\n    except OSError:\n        pass\n"
    )
    assert rows(started, [spoil + DOUBLE, DOUBLE], CASES[:2]) == [["passed"] * 2] * 2


CHECKER = """
import sys
given, expected, output = (open(path).read().split() for path in sys.argv[1:4])
a, b = map(int, output)
print(1 if a + b == int(given[0]) else 0)
"""
"""Accepts any two numbers that add to the one given."""


def test_a_checker_decides_where_many_outputs_are_right(started):
    programs = [
        "n = int(input())\nprint(1, n - 1)",
        "n = int(input())\nprint(n, 0)",
        "print(1, 1)",
        "print('x')",
        "while True: pass",
    ]
    cases = (Case("10\n", "5 5\n"), Case("20\n", "10 10\n"))
    limits = Limits(cpu_s=0.3, wall_s=60.0)
    got = rows(started, programs, cases, comparison=Comparison("checker", checker=CHECKER), limits=limits)
    assert got == [["passed"] * 2, ["passed"] * 2, ["failed"] * 2, ["error"] * 2, ["timeout"] * 2]
    got = rows(started, programs[:3], cases, comparison=Comparison("checker", checker=CHECKER), stop="first_failure")
    assert got == [["passed"] * 2, ["passed"] * 2, ["failed", "left_out"]]


VERDICTS = {
    "print('ok accepted')": "passed",
    "print('Accepted.')": "passed",
    "": "passed",
    "print('1')": "passed",
    "print('0.5')": "failed",
    "print('wrong answer')": "failed",
    "raise SystemExit(1)": "failed",
    "raise SystemExit(2)": "failed",
    "raise SystemExit(3)": "error",
    "print('ok')\nraise SystemExit(3)": "error",
    "print('1')\n1 / 0": "error",
    "print(": "error",
    "x = bytearray(1 << 34)": "error",
    "import os\nos.kill(os.getpid(), 9)": "error",
}


@pytest.mark.parametrize("checker", VERDICTS)
def test_what_a_checker_says_and_does_has_its_verdict(started, checker):
    assert rows(started, [DOUBLE], CASES[:1], comparison=Comparison("checker", checker=checker)) == [[VERDICTS[checker]]]


def test_unit_tests_are_judged_after_cases_and_cases_after_them(started):
    assert_serving(started)
    assert judged(started, DOUBLE)[0] is Outcome.PASSED
    assert_serving(started)


def test_an_executor_takes_both_kinds_of_blocks(kind):
    actor = ExecutorActor(SandboxConfig(type=kind, image=IMAGE), "processes")
    actor.setup()
    try:
        cases = actor.execute(CaseBlock("cases", (DOUBLE, "print(0)"), CASES[:2], limits=LIMITS))
        tests = actor.execute(Block("tests", (ADD, WRONG), (ADDS,), LIMITS))
    finally:
        actor.close()
    assert cases.outcomes.tolist() == [[Outcome.PASSED] * 2, [Outcome.FAILED] * 2]
    assert tests.outcomes.tolist() == [[Outcome.PASSED], [Outcome.FAILED]]
