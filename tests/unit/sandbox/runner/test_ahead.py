"""Loops of a test whose calls are made many at once: the same calls in the same order, and the same outcome."""

import pytest
from talking import case, grade, talk

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.candidate.server import serve as serve_program
from coderm.sandbox.runner.tester.ahead import AHEAD, TRIAL, with_calls_ahead
from coderm.sandbox.runner.transport.link import Link

PROGRAM = """
class Full(Exception):
    pass
class Stack:
    def __init__(self, most=10**6):
        self.items, self.most, self.log = [], most, []
    def push(self, item, times=1):
        if len(self.items) >= self.most:
            raise Full(item)
        self.items += [item] * times
    def pop(self):
        return self.items.pop()
    def size(self):
        return len(self.items)
    def append(self, item):
        self.push(item)
    def __len__(self):
        return len(self.items)
total = []
def is_even(n):
    return not n & 1
def pair(n):
    return (n, n)
def late(n):
    return n if n < 60 else [n]
def count(n):
    total.append(n)
    return len(total)
def apply(f, n):
    return f(n)
"""


def messages(monkeypatch, *lines):
    """Return the outcome of a test, and how many messages the tester sent."""
    sent, send = [], Link.send

    def counted(link, message):
        sent.append(message[0])
        send(link, message)

    monkeypatch.setattr(Link, "send", counted)
    code = compile(PROGRAM, "<solution>", "exec")
    reports, _ = talk(lambda fd: serve_program(code, fd, alone=True), case(*lines))
    return [report.outcome for report in reports], len(sent)


@pytest.mark.parametrize(
    "lines",
    [
        ("s = Stack()", "for i in range(5000):", "    s.push(i)", "self.assertEqual(s.size(), 5000)"),
        ("for i in range(5000):", "    self.assertEqual(is_even(i), i % 2 == 0)"),
        ("self.assertEqual(sum(is_even(i) for i in range(5000)), 2500)",),
        ("self.assertEqual([is_even(n=i) for i in range(5000)], [True, False] * 2500)",),
        ("self.assertEqual({i: is_even(i) for i in range(5000)}[3], False)",),
        ("s = Stack()", "for i, c in enumerate('ab' * 2500):", "    s.push(c, times=2)", "self.assertEqual(s.size(), 10000)"),
        ("s = Stack()", "for i in range(2500):", "    s.push(f'k{i}')", "    self.assertEqual(s.pop(), f'k{i}')"),
        ("xs = []", "for i in range(5000):", "    xs.append(is_even(i))", "self.assertEqual(xs[:3], [True, False, True])"),
        ("for i in range(5000):", "    with self.subTest(i=i):", "        self.assertEqual(is_even(i), i % 2 == 0)"),
        ("n = 0", "for i in reversed(range(5000)):", "    n += is_even(i)", "self.assertEqual(n, 2500)"),
        ("self.s = Stack()", "for i in [7] * 5000:", "    self.s.push(i)", "self.assertEqual(len(self.s), 5000)"),
    ],
)
def test_five_thousand_calls_need_a_fiftieth_of_the_messages(monkeypatch, lines):
    outcomes, sent = messages(monkeypatch, *lines)
    assert outcomes == [constants.PASSED]
    assert sent < 5000 / 50 + 2 * TRIAL


SAME = [
    "s = Stack(100)\nwith self.assertRaises(Full):\n    for i in range(1000):\n        s.push(i)\nself.assertEqual(s.size(), 100)",
    "s = Stack(100)\ndef fill():\n    for i in range(1000):\n        s.push(i)\nwith self.assertRaises(Full) as caught:\n"
    "    fill()\n"
    "self.assertEqual((s.size(), caught.exception.args), (100, (100,)))",
    "for i in range(200):\n    self.assertEqual(late(i), i if i < 60 else [i])",
    "for i in range(200):\n    self.assertEqual(pair(i), (i, i))",
    "s = Stack()\nfor i in range(200):\n    s.push(i)\n    self.assertEqual(len(s), i + 1)",
    "s = Stack()\nfor i in range(200):\n    s.append(is_even(i))\nself.assertEqual(s.size(), 200)",
    "for i in range(200):\n    if i == 100:\n        self.assertEqual(count(0), 101)\n    else:\n        count(i)",
    "self.assertTrue(any(count(i) == 50 for i in range(200)))\nself.assertEqual(count(0), 51)",
    "for i in range(200):\n    if count(i) == 50:\n        break\nself.assertEqual(count(0), 51)",
    "n = 0\nfor i in range(200):\n    n = count(n)\nself.assertEqual(n, 200)",
    "seen = []\nfor i in range(200):\n    apply(seen.append, i)\n    self.assertEqual(seen[-1], i)",
    "seen = []\ndef note(i):\n    seen.append(i)\n    return i\nfor i in range(200):\n    f = note if i > 90 else abs\n"
    "    self.assertEqual(apply(f, i), i)",
    "xs = [1]\nfor x in xs:\n    if len(xs) < 200: xs.append(count(x))\nself.assertEqual(xs[-1], 199)",
    "xs = list(range(200))\nfor i in range(200):\n    self.assertEqual(is_even(xs[i]), i % 2 == 0)\n    xs[i] = 5",
    "self.assertEqual([is_even(i) for i in (x for x in range(200))][1], False)",
    "for i in range(200):\n    for j in range(40):\n        self.assertEqual(is_even(i + j), (i + j) % 2 == 0)",
    "for i in range(200):\n    x = i * 2\n    self.assertEqual(late(x), x if i < 30 else [x])",
    "import random\nrng = random.Random(1)\nfor i in range(200):\n    x = rng.random()\n    self.assertEqual(late(x), x)",
]


@pytest.mark.parametrize("text", SAME)
def test_where_results_decide_nothing_is_made_ahead_of_them(text):
    plain: dict = {}
    lines = text.split("\n")
    text = case(*lines)
    exec(PROGRAM + text, plain)  # the same text under plain Python
    result = plain["C"]("test_it").run()
    assert result.wasSuccessful(), (result.errors, result.failures)
    assert grade(PROGRAM, text) == [constants.PASSED]


@pytest.mark.parametrize("at", [0, TRIAL - 1, TRIAL, TRIAL + AHEAD - 1, TRIAL + AHEAD, 1999])
def test_a_wrong_result_fails_wherever_it_is(at):
    program = PROGRAM.replace("return not n & 1", f"return n == {at} or not n & 1 if n != {at} else None")
    assert grade(program, case("for i in range(2000):", "    self.assertEqual(is_even(i), i % 2 == 0)")) == [constants.FAILED]


def test_a_loop_that_the_program_ends_is_the_programs_end(monkeypatch):
    program = PROGRAM.replace("return not n & 1", "return exit() if n == 900 else not n & 1")
    lines = ("for i in range(2000):", "    self.assertEqual(is_even(i), i % 2 == 0)")
    assert grade(program, case(*lines)) == [constants.ERROR]


def test_a_text_without_such_a_loop_keeps_its_code():
    text = case("while is_even(2):", "    break", "self.assertEqual([x for x in range(3)], [0, 1, 2])")
    code = compile(text, "<tests>", "exec")
    assert with_calls_ahead(text, code, ["is_even"]) is code
