"""Every outcome, each from a pair that deserves it."""

import numpy as np
import pytest
from pairs import ADD, ADDS, LIMITS, TIGHT, WRONG, assert_serving, case, detail, outcome

from coderm.messages.execution import GRADINGS, Block, Limits, Outcome


def test_a_right_program_passes(sandbox):
    assert outcome(sandbox, ADD) is Outcome.PASSED


def test_a_wrong_program_fails(sandbox):
    assert outcome(sandbox, WRONG) is Outcome.FAILED


@pytest.mark.parametrize(
    "program",
    [
        "def add(a, b):\n    return a / 0\n",
        "def add(a, b:\n",
        "raise ValueError('at import')",
        "import sys\nsys.exit(0)",
        "raise SystemExit",
        "raise KeyboardInterrupt",
        "import os\nos._exit(0)",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "import ctypes\nctypes.string_at(0)",
        "def add(a, b):\n    return add(a, b)\n",
        "input()",
        "raise __import__('unittest').SkipTest('no')",
        "",
        "x = '\x00'",
        "x = '\ud800'",
        "(" * 100_000,
        "x = " + "-" * 1_000_000 + "1",
        "# " + "x" * 10_000_000,
    ],
    ids=range(18),
)
def test_any_other_exception_or_end_is_an_error(sandbox, program):
    assert outcome(sandbox, program) in (Outcome.ERROR, Outcome.MEMORY)
    assert_serving(sandbox)


def test_exit_inside_a_case_is_an_error(sandbox):
    assert outcome(sandbox, "import sys, os\ndef add(a, b):\n    sys.exit(0)\n") is Outcome.ERROR
    assert outcome(sandbox, "import sys, os\ndef add(a, b):\n    os._exit(0)\n") is Outcome.ERROR


def test_a_test_that_does_not_compile_is_an_error(sandbox):
    assert outcome(sandbox, ADD, "class (") is Outcome.ERROR
    assert outcome(sandbox, ADD, "import no_such_module") is Outcome.ERROR


@pytest.mark.parametrize("program", ["while True:\n    pass", "x = 7 ** (10 ** 8)", "sum(range(10 ** 11))"])
def test_cpu_time_is_a_limit_also_inside_one_c_call(sandbox, program):
    assert outcome(sandbox, program, limits=TIGHT) is Outcome.TIMEOUT


def test_cpu_time_of_children_counts(sandbox):
    program = (
        "import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        while True:\n            pass\ntime.sleep(600)\n"
    )
    assert outcome(sandbox, program, limits=TIGHT) is Outcome.TIMEOUT
    assert_serving(sandbox)


def test_a_sleeper_meets_the_wall_limit(sandbox):
    assert outcome(sandbox, "import time\ntime.sleep(600)", limits=Limits(wall_s=0.5)) is Outcome.TIMEOUT


@pytest.mark.parametrize(
    "program",
    ["x = [0] * 10 ** 9", "x = []\nwhile True:\n    x.append(bytes(1 << 20))", "raise MemoryError", "x = 'a' * (1 << 32)"],
)
def test_memory_is_a_limit(sandbox, program):
    assert outcome(sandbox, program) is Outcome.MEMORY


@pytest.mark.parametrize(
    "program",
    [
        "while True:\n    print('x' * 1000)",
        "import os\nwhile True:\n    os.write(2, b'x')",
        "print('x' * 70_000)\n" + ADD,
        "import sys\nsys.stderr.write('x' * 70_000)\n" + ADD,
    ],
)
def test_output_is_a_limit_where_one_is_set(sandbox, program):
    assert outcome(sandbox, program, limits=Limits(output_kb=64)) is Outcome.OUTPUT_LIMIT


def test_output_below_the_limit_is_swallowed(sandbox):
    assert outcome(sandbox, "print('x' * 60_000)\n" + ADD, limits=Limits(output_kb=64)) is Outcome.PASSED


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_without_a_limit_ends_nothing(sandbox, stream):
    program = f"import sys\nfor _ in range(100):\n    sys.{stream}.write('x' * 100_000)\n"
    assert [outcome(sandbox, program + each) for each in (ADD, WRONG)] == [Outcome.PASSED, Outcome.FAILED]


def test_skipping_is_not_passing(sandbox):
    assert outcome(sandbox, ADD, case("pass", decorator="@unittest.skip('later')")) is Outcome.SKIPPED
    assert outcome(sandbox, ADD, case("raise unittest.SkipTest('now')")) is Outcome.SKIPPED
    assert outcome(sandbox, ADD, "import unittest\nraise unittest.SkipTest('all')") is Outcome.SKIPPED
    assert outcome(sandbox, "import unittest\ndef add(a, b):\n    raise unittest.SkipTest('cheat')\n") is Outcome.SKIPPED


def test_a_failure_after_a_skip_counts(sandbox):
    test = case("self.fail()") + "    def test_a(self):\n        self.skipTest('first')\n"
    assert outcome(sandbox, ADD, test) is Outcome.FAILED


def test_expected_failures_and_unexpected_successes_are_not_passing(sandbox):
    assert outcome(sandbox, ADD, case("self.fail()", decorator="@unittest.expectedFailure")) is Outcome.FAILED
    assert outcome(sandbox, ADD, case("pass", decorator="@unittest.expectedFailure")) is Outcome.FAILED


def test_an_expected_failure_beside_other_cases_counts_where_it_fails(sandbox):
    marked = case("self.assertEqual(add(2, 3), 6)", decorator="@unittest.expectedFailure")
    beside = marked + "    def test_more(self):\n        self.assertEqual(add(2, 3), 5)\n"
    assert [outcome(sandbox, program, beside) for program in (ADD, WRONG)] == [Outcome.PASSED, Outcome.FAILED]
    assert outcome(sandbox, "def add(a, b):\n    return 6\n", marked + "    def test_more(self):\n        pass\n") is Outcome.FAILED


@pytest.mark.parametrize("line", ["yield self.assertEqual(add(2, 3), 6)", "return (self.fail() for _ in [add(2, 3)])"])
def test_a_body_that_never_runs_is_no_test(sandbox, line):
    assert outcome(sandbox, ADD, case(line)) is Outcome.NO_TESTS
    assert outcome(sandbox, ADD, case(line).replace("    def ", "    async def ")) is Outcome.NO_TESTS


def test_a_case_that_returns_a_value_is_an_error(sandbox):
    assert outcome(sandbox, ADD, case("return add(2, 3) == 6")) is Outcome.ERROR


@pytest.mark.parametrize(
    "end",
    [
        "unittest.main()",
        "unittest.main(argv=['ignored'], exit=False)",
        "import sys\nresult = unittest.TextTestRunner().run(unittest.TestLoader().loadTestsFromTestCase(GeneratedCase))\n"
        "sys.exit(not result.wasSuccessful())",
        "if __name__ != 'x':\n    unittest.main()",
    ],
)
def test_what_runs_the_tests_at_their_import_does_nothing(sandbox, end):
    counts = ADD + "calls = []\ndef once(x):\n    calls.append(x)\n    return len(calls)\n"
    test = case("self.assertEqual(add(2, 3), 5)", "self.assertEqual(once(1), 1)") + end
    assert [outcome(sandbox, program, test) for program in (counts, counts.replace("+", "-"))] == [Outcome.PASSED, Outcome.FAILED]


def test_load_tests_of_the_test_chooses_the_cases(sandbox):
    test = case("self.assertEqual(add(2, 3), 5)") + "    def test_more(self):\n        self.fail()\n"
    test += "def load_tests(loader, tests, pattern):\n    return unittest.TestSuite([GeneratedCase('test_it')])\n"
    assert [outcome(sandbox, program, test) for program in (ADD, WRONG)] == [Outcome.PASSED, Outcome.FAILED]
    hiding = ADD + "def load_tests(loader, tests, pattern):\n    import unittest\n    return unittest.TestSuite()\n"
    assert outcome(sandbox, hiding) is Outcome.PASSED


@pytest.mark.parametrize("test", ["", "import unittest", "import unittest\nclass Empty(unittest.TestCase):\n    pass\n", "x = 1"])
def test_without_a_case_there_are_no_tests(sandbox, test):
    assert outcome(sandbox, ADD, test) is Outcome.NO_TESTS


def test_a_program_cannot_bring_its_own_cases(sandbox):
    assert outcome(sandbox, ADD + case("pass"), "import unittest") is Outcome.NO_TESTS


@pytest.mark.parametrize("payload", ["b'x'", "b'x' * 50", "b'x' * 5000"])
def test_noise_on_the_verdict_pipe_is_tampering(sandbox, payload):
    program = f"import os\nfor fd in range(3, 64):\n    try:\n        os.write(fd, {payload})\n    except OSError:\n        pass\n"
    assert outcome(sandbox, program + ADD) is Outcome.TAMPERED


def test_a_fork_of_the_candidate_has_no_say(sandbox):
    assert outcome(sandbox, "import os\npid = os.fork()\ndef add(a, b):\n    return a + b if pid else 0\n") is Outcome.PASSED
    assert outcome(sandbox, "import os\npid = os.fork()\ndef add(a, b):\n    return a + b if not pid else 0\n") is Outcome.FAILED


def test_subtests_and_fixtures_count(sandbox):
    loop = case("for i in range(3):", "    with self.subTest(i=i):", "        self.assertEqual(add(i, 0), {})")
    assert outcome(sandbox, ADD, loop.format("i")) is Outcome.PASSED
    assert outcome(sandbox, ADD, loop.format("1")) is Outcome.FAILED
    broken = "import unittest\nclass C(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls):\n        1 / 0\n"
    assert outcome(sandbox, ADD, broken + "    def test_a(self):\n        pass\n") is Outcome.ERROR


def test_all_classes_of_a_module_run(sandbox):
    second = "class SecondCase(unittest.TestCase):\n    def test_b(self):\n        self.assertEqual(add(1, 1), 3)\n"
    assert outcome(sandbox, ADD, ADDS + second) is Outcome.FAILED


def test_the_program_is_the_module_solution_and_shares_its_names(sandbox):
    assert outcome(sandbox, ADD, "from solution import add\n" + ADDS) is Outcome.PASSED
    assert outcome(sandbox, ADD, "import solution\n" + case("self.assertEqual(solution.add(1, 1), 2)")) is Outcome.PASSED
    assert outcome(sandbox, "_k = 1\n" + ADD, case("self.assertEqual(_k, 1)")) is Outcome.PASSED
    assert outcome(sandbox, ADD + "if __name__ == '__main__':\n    raise ValueError\n") is Outcome.PASSED
    assert outcome(sandbox, "class GeneratedCase:\n    pass\n" + ADD) is Outcome.PASSED
    assert outcome(sandbox, "unittest = None\n" + ADD) is Outcome.PASSED


def test_the_environment_is_the_same_for_everybody(sandbox):
    program = (
        "import os, sys, time\nseen = (dict(os.environ), time.timezone, hash('a'), sys.getrecursionlimit(), os.listdir('.'))\n"
    )
    told = detail(sandbox, program, case("self.fail(repr(seen))"))
    assert "({'TZ': 'UTC'}, 0, " in told
    assert ", 1000, [])" in told
    assert told == detail(sandbox, program, case("self.fail(repr(seen))"))


def test_details_say_what_went_wrong_without_paths_of_the_machine(sandbox):
    told = detail(sandbox, WRONG)
    assert "GeneratedCase.test_it: AssertionError: -1 != 5" in told
    assert "/" not in told
    assert "ZeroDivisionError" in detail(sandbox, "1 / 0")
    assert len(detail(sandbox, "raise ValueError('\ud800x' * 100_000)")) < 3000
    assert detail(sandbox, ADD) == ""


def test_a_block_of_thirty_by_thirty_is_right_in_every_cell(sandbox):
    programs = tuple(f"def f(x):\n    return x % {k + 1}\n" for k in range(30))
    tests = tuple(case(f"self.assertEqual(f({3 * j}), {3 * j % 7})") for j in range(30))
    result = sandbox.run(Block("many", programs, tests, LIMITS))
    right = [[(3 * j) % (k + 1) == 3 * j % 7 for j in range(30)] for k in range(30)]
    expected = np.where(right, int(Outcome.PASSED), int(Outcome.FAILED))
    assert (result.outcomes == expected).all()
    assert result.outcomes.dtype == np.int8
    assert result.cpu_s.dtype == np.float32
    assert (result.cpu_s > 0).all()
    assert (result.grading == GRADINGS.index(sandbox.grading)).all()


def test_limits_are_per_block(sandbox):
    program = "x = bytes(100 << 20)\n" + ADD
    assert outcome(sandbox, program, limits=Limits(memory_mb=200)) is Outcome.PASSED
    assert outcome(sandbox, program, limits=Limits(memory_mb=50)) is Outcome.MEMORY


def test_a_block_without_programs_or_tests_has_an_empty_result(sandbox):
    assert sandbox.run(Block("none", (), (ADDS,), LIMITS)).outcomes.shape == (0, 1)
    assert sandbox.run(Block("none", (ADD,), (), LIMITS)).outcomes.shape == (1, 0)


def test_inherited_cases_and_run_test_are_found(sandbox):
    child = "class ChildCase(GeneratedCase):\n    test_data = 3\n    def test_more(self):\n        self.fail('more')\n"
    assert outcome(sandbox, ADD, ADDS + child) is Outcome.FAILED
    single = "import unittest\nclass OneCase(unittest.TestCase):\n    def runTest(self):\n        self.assertEqual(add(1, 1), {})\n"
    assert outcome(sandbox, ADD, single.format(2)) is Outcome.PASSED
    assert outcome(sandbox, ADD, single.format(3)) is Outcome.FAILED


def test_blocks_with_numpy_and_without_are_served_in_turns(sandbox):
    plain = ADD, ADDS
    numpy = "import numpy as np\n\ndef add(a, b):\n    return np.add(a, b)\n", case("self.assertEqual(add([1], [2]).tolist(), [3])")
    found = [outcome(sandbox, program, test) for program, test in (plain, numpy, plain, numpy, numpy, plain)]
    assert found == [Outcome.PASSED] * 6
