"""Bad input: whatever comes as program, as test or as a frame, the answer is a typed outcome and the box goes on."""

import json
import os
import struct

import pytest
from exploits.bench import SUPPORTED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pairs import ADD, ADDS, LIMITS, TIGHT, WRONG, case

from coderm.config.schema import SandboxConfig
from coderm.errors import SandboxLost
from coderm.messages.execution import Block, Outcome
from coderm.sandbox.local import LocalSandbox
from coderm.sandbox.runner.transport.frames import HEADER, MAX_FRAME, encode

STEADY = settings(
    max_examples=int(os.environ.get("CODERM_EXAMPLES", "8")),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""The same few examples at every run; more with CODERM_EXAMPLES."""
LOCAL = SandboxConfig(type="local")
BIG = "# " + "x" * 10_000_000
PROGRAMS = {
    "does not compile": ("def add(a, b:\n", {Outcome.ERROR}),
    "is empty": ("", {Outcome.ERROR}),
    "is blank": (" \n\t\n", {Outcome.ERROR}),
    "has ten megabytes": (BIG + "\n" + ADD, {Outcome.ERROR}),
    "holds NUL": (ADD + "\x00", {Outcome.ERROR}),
    "holds lone surrogates": (ADD + "x = '\udc80\ud800'", {Outcome.ERROR}),
    "has mixed tabs and line ends": ("def add(a, b):\r\n\treturn a + b\r", {Outcome.PASSED}),
    "is one deep expression": ("x = " + "(" * 5000 + "1" + ")" * 5000, {Outcome.ERROR, Outcome.MEMORY}),
    "is one long sum": ("x = " + "+".join(["1"] * 20_000), {Outcome.ERROR, Outcome.MEMORY}),
    "defines unittest as a function": ("def unittest():\n    pass\n" + ADD, {Outcome.PASSED}),
    "defines unittest as a class": ("class unittest:\n    TestCase = object\n" + ADD, {Outcome.PASSED}),
    "defines a class named like the test class": ("class GeneratedCase:\n    pass\n" + ADD, {Outcome.PASSED}),
    "defines a function named like the test case": ("def test_it():\n    pass\n" + ADD, {Outcome.PASSED}),
    "deletes what it defined": (ADD + "del add", {Outcome.ERROR}),
    "binds its name to a number": ("add = 5", {Outcome.ERROR}),
    "binds its name to a module": ("import math as add", {Outcome.ERROR}),
    "takes other arguments": ("def add():\n    return 5\n", {Outcome.ERROR}),
    "is a coroutine": ("async def add(a, b):\n    return a + b\n", {Outcome.FAILED, Outcome.ERROR}),
    "returns itself": ("def add(a, b):\n    return add\n", {Outcome.FAILED, Outcome.ERROR}),
    "returns a module": ("import os\ndef add(a, b):\n    return os\n", {Outcome.FAILED, Outcome.ERROR}),
    "waits for input": ("x = input()\n" + ADD, {Outcome.ERROR}),
    "reads a file that is not there": ("open('input.txt')\n" + ADD, {Outcome.ERROR}),
    "imports what is not there": ("import pandas_of_another_world\n" + ADD, {Outcome.ERROR}),
    "uses future imports and unicode names": (
        "from __future__ import annotations\ndef añadir(a: No, b: Such) -> Type:\n    return a + b\nadd = añadir\n",
        {Outcome.PASSED},
    ),
    "is a class of the right name": (
        "class add(int):\n    def __new__(cls, a, b):\n        return int(a + b)\n",
        {Outcome.PASSED, Outcome.ERROR},
    ),
}
NEVER = case("while True:", "    add(1, 1)")
NAMED = "import unittest\nclass add(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(add(2, 3), 5)\n"
TESTS = {
    "does not compile": ("class (", {Outcome.ERROR}),
    "is empty": ("", {Outcome.NO_TESTS}),
    "has ten megabytes": (BIG + "\n" + ADDS, {Outcome.ERROR}),
    "holds NUL": (ADDS + "\x00", {Outcome.ERROR}),
    "holds lone surrogates": (ADDS + "x = '\ud800'", {Outcome.ERROR}),
    "never ends": (NEVER, {Outcome.TIMEOUT}),
    "never ends while it is loaded": ("while True: pass\n" + ADDS, {Outcome.TIMEOUT}),
    "leaves after its cases": (ADDS + "import sys\nsys.exit(0)\n", {Outcome.PASSED}),
    "leaves before its cases": ("import sys\nsys.exit(0)\n" + ADDS, {Outcome.NO_TESTS}),
    "leaves inside a case": (case("import os", "os._exit(0)"), {Outcome.ERROR}),
    "has a class named like the function": (NAMED, {Outcome.ERROR}),
    "has a function named like the program's": (ADDS + "def add(a, b):\n    return 7\n", {Outcome.FAILED}),
    "has no class": ("assert add(2, 3) == 5\n", {Outcome.NO_TESTS}),
    "has a class without cases": ("import unittest\nclass T(unittest.TestCase):\n    x = 1\n", {Outcome.NO_TESTS}),
    "has a class that cannot be made": ("import unittest\nclass T(unittest.TestCase, int, str):\n    pass\n", {Outcome.ERROR}),
    "forgets to import unittest": (ADDS.replace("import unittest\n", ""), {Outcome.ERROR}),
    "asserts what is false of itself": (case("self.assertEqual(1, 2)"), {Outcome.FAILED}),
    "asks for a name nobody has": (case("self.assertEqual(subtract(2, 3), 5)"), {Outcome.ERROR}),
    "takes all memory": (case("x = [0] * 10 ** 9"), {Outcome.MEMORY}),
    "prints without end": (case("while True:", "    print('x' * 1000)"), {Outcome.TIMEOUT}),
    "calls unittest.main, which does nothing": (ADDS + "unittest.main()\n", {Outcome.PASSED}),
}


@pytest.fixture(scope="module", params=SUPPORTED)
def grading(request):
    return request.param


def outcomes(box, programs, tests, grading, limits=LIMITS):
    result = box.run(Block("bad", tuple(programs), tuple(tests), limits, grading))
    return [[Outcome(int(code)) for code in row] for row in result.outcomes]


def still_right(box, grading):
    return outcomes(box, (ADD, WRONG), (ADDS,), grading) == [[Outcome.PASSED], [Outcome.FAILED]]


@pytest.mark.parametrize("what", PROGRAMS)
def test_a_program_has_a_typed_outcome_when_it(started, grading, what):
    program, expected = PROGRAMS[what]
    rows = outcomes(started, (ADD, program, WRONG), (ADDS,), grading)
    assert (rows[0], rows[2]) == ([Outcome.PASSED], [Outcome.FAILED])
    assert rows[1][0] in expected


@pytest.mark.parametrize("what", TESTS)
def test_a_test_has_a_typed_outcome_when_it(started, grading, what):
    test, expected = TESTS[what]
    row = outcomes(started, (ADD,), (ADDS, test, ADDS), grading, TIGHT if "never" in what else LIMITS)[0]
    assert (row[0], row[2]) == (Outcome.PASSED, Outcome.PASSED)
    assert row[1] in expected


noise = st.binary(max_size=200).map(lambda data: data.decode("latin-1")) | st.text(st.characters(), max_size=100)
pieces = st.lists(
    st.sampled_from(["add", "(", ")", ":", "\n", "    ", "class ", "def ", "=", "5", "'", '"""', "\\", "@"]), max_size=25
)


@STEADY
@given(noise | pieces.map("".join))
def test_random_text_is_never_a_right_program(started, grading, text):
    assert outcomes(started, (text, ADD), (ADDS,), grading)[0][0] not in (Outcome.PASSED, Outcome.LOST)


@STEADY
@given(noise | pieces.map("".join))
def test_random_text_is_never_a_passing_test(started, grading, text):
    row = outcomes(started, (ADD,), (text, ADDS), grading)[0]
    assert row[0] not in (Outcome.PASSED, Outcome.LOST)
    assert row[1] is Outcome.PASSED


TAGS = ("l t d s f i x b B c dt da tm td tz De Fr r n sl vk vv vi a ao io ib R D C O q h k e it fn g m p F o el ni").split()  # noqa: SIM905
atoms = (
    st.none() | st.booleans() | st.integers(-2, 3) | st.just(float("nan")) | st.sampled_from(["add", "abs", "builtins", "int", "x"])
)
parts = st.recursive(
    atoms | st.lists(st.integers(0, 3), min_size=1, max_size=1), lambda part: st.lists(part, max_size=4), max_leaves=8
)
nodes = st.lists(st.builds(lambda tag, rest: [tag, *rest], st.sampled_from(TAGS), st.lists(parts, max_size=5)), max_size=4)
changes = st.lists(st.tuples(st.integers(0, 2), nodes.map(lambda made: (made or [["l", []]])[0])), max_size=2)
answers = st.builds(
    lambda kind, value, changed, made: [kind, value, changed, made, *([["x"]] if kind == "e" else [])],
    st.sampled_from(["r", "r", "e", "b"]),
    parts,
    changes,
    nodes,
)
SPEAKS = """
import json, os, struct, sys
ANSWERS = json.loads({!r})
def send(self, message):
    body = json.dumps(ANSWERS[0]).encode()
    ANSWERS.append(ANSWERS.pop(0))
    os.write(self._fd, struct.pack('>I', len(body)) + body)
if 'runner.link' in sys.modules:
    sys.modules['runner.link'].Link.send = send
def add(a, b):
    return a - b
"""


@STEADY
@given(st.lists(answers, min_size=1, max_size=3))
def test_random_answers_of_a_program_are_never_a_pass(started, grading, spoken):
    """In isolated grading the program's process answers calls; here it answers whatever it likes."""
    program = SPEAKS.format(json.dumps(spoken))
    rows = outcomes(started, (program, ADD), (ADDS,), grading)
    assert rows[0][0] not in (Outcome.PASSED, Outcome.LOST)
    assert rows[1][0] is Outcome.PASSED


def test_the_box_serves_after_all_that(started, grading):
    assert still_right(started, grading)


FIELDS = ["type", "programs", "tests", "limits", "grading", "details"]
frames = (
    st.binary(max_size=64).map(lambda body: HEADER.pack(len(body)) + body)
    | st.dictionaries(
        st.sampled_from(["type", "programs", "tests", "limits", "grading", "details"]), st.none() | st.integers()
    ).map(encode)
    | st.sampled_from([struct.pack(">I", MAX_FRAME + 1), struct.pack(">I", 100) + b"short", b"\x00", encode({"type": "block"})])
)


@STEADY
@given(frames)
def test_a_broken_frame_ends_the_server_and_is_a_lost_box(frame):
    """A frame comes from the owner alone; one that is broken means that the stream cannot be trusted any more."""
    with LocalSandbox(LOCAL) as box:
        box._channel.send(frame, 5.0)
        box._process.stdin.close()
        with pytest.raises(SandboxLost):
            box._channel.receive(30.0)
