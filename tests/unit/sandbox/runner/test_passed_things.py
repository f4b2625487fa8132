"""Functions and open files of the test that it passes to the program: what the program finds of them, and what it does not."""

from talking import assert_passes, case, grade

from coderm.sandbox.runner import constants

INSPECTING = """
import functools, inspect
def arity(f): return f.__code__.co_argcount
def curry(f):
    def step(*a): return f(*a) if len(a) >= len(inspect.signature(f).parameters) else lambda *b: step(*a, *b)
    return step
def told(f): return str(inspect.signature(f)), f.__doc__, f.__defaults__, f.__kwdefaults__
def call(f, *a, **k): return f(*a, **k)
def wrapped(f):
    @functools.wraps(f)
    def inner(*a): return f(*a)
    return inner
def checked(f):
    def inner(*a):
        for value, kind in zip(a, f.__annotations__.values()):
            if not isinstance(value, kind): raise TypeError(kind.__name__)
        return f(*a)
    return inner
"""
WRITING = """
import csv, json, sys
def show(x, file=None): print(x, file=file)
def rows(f): return list(csv.reader(f))
def dump(x, f): json.dump(x, f)
def load(f): return json.load(f)
def upper(source, target): target.writelines(line.upper() for line in source)
def start(f): return f.read(3)
def close(f):
    f.close()
    return f.closed
def is_output(f): return f is sys.stdout
class Log:
    def __init__(self, stream): self.stream = stream
    def log(self, text): self.stream.write(text)
"""


def test_a_function_of_the_test_has_its_parameters():
    assert_passes(
        INSPECTING,
        "def add(a, b, c=3): return a + b + c",
        "def g(a: int, /, b: str = 'x', *args, k, z=5, **kw) -> int:",
        "    'docs'",
        "    return (a, b, args, k, z, kw)",
        "class O:",
        "    def m(self, x, y): return x - y",
        "self.assertEqual((arity(add), curry(lambda a, b: a * b)(2)(3), curry(O().m)(5)(3)), (3, 6, 2))",
        "self.assertEqual(told(add), ('(a, b, c=3)', None, (3,), None))",
        "self.assertEqual(told(g), (\"(a: int, /, b: str = 'x', *args, k, z=5, **kw) -> int\", 'docs', ('x',), {'z': 5}))",
        "self.assertEqual(call(g, 1, k=2), (1, 'x', (), 2, 5, {}))",
        "self.assertEqual(call(g, 1, 2, 3, 4, k=2, z=6, y=7), (1, 2, (3, 4), 2, 6, {'y': 7}))",
        "self.assertEqual((wrapped(add).__name__, wrapped(add)(1, 2)), ('add', 6))",
        "with self.assertRaises(TypeError): call(add, 1)",
        "with self.assertRaises(TypeError): checked(g)('a')",
        "kept = []",
        "def keep(x, into=kept): into.append(x); return into",
        "self.assertIs(call(keep, 1), kept)",
    )


def test_default_values_that_a_function_may_compare_stay_here():
    program = "def run(callback):\n    values = callback.__defaults__ or (0,)\n    callback(values[-1])\n"
    for callback in (
        "lambda found, wanted=5: self.assertEqual(found, wanted)",
        "lambda found, wanted=5: seen.append(found == wanted)",
    ):
        lines = "seen = []", f"run({callback})", "self.assertNotIn(False, seen)"
        assert grade(program, case(*lines)) == [constants.FAILED]


def test_the_program_reads_and_writes_files_that_the_test_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_passes(
        WRITING,
        "with open('t', 'w') as f: show('hi', file=f); dump({'a': 1}, f)",
        "self.assertEqual(open('t').read(), 'hi\\n{\"a\": 1}')",
        "with open('r', 'w+') as f: f.write('a,b\\n'); f.seek(0); self.assertEqual(rows(f), [['a', 'b']])",
        "with open('r') as source, open('u', 'w') as target: upper(source, target)",
        "self.assertEqual(open('u').read(), 'A,B\\n')",
        "with tempfile.NamedTemporaryFile('w+') as t: dump([1], t); t.seek(0); self.assertEqual(load(t), [1])",
        "with open('u', 'rb') as b: self.assertEqual((start(b), b.tell()), (b'A,B', 3))",
        "f = open('u')",
        "self.assertTrue(close(f) and f.closed)",
        "self.assertTrue(is_output(sys.stdout))",
        "f = open('l', 'w+')",
        "log = Log(f)",
        "log.log('x')",
        "self.assertIs(log.stream, f)",
        "f.seek(0)",
        "self.assertEqual(f.read(), 'x')",
        "f.close()",
        top="import sys, tempfile\n",
    )


def test_the_program_reaches_nothing_else_of_a_file():
    program = "def reach(f):\n    return f._call('__class__', (), {})\n"
    lines = "with open('/dev/null') as f:", "    self.assertIsNone(reach(f))"
    assert grade(program, case(*lines)) == [constants.ERROR]
