"""Iterators cross without being read: each side takes exactly what it takes."""

import pytest
from talking import assert_passes

PROGRAM = """
import itertools, types
def take(n, it):
    return list(itertools.islice(it, n))
def first(it):
    return next(it, None)
def total(it):
    return sum(it)
def same(it):
    return it
def is_generator(it):
    return isinstance(it, types.GeneratorType)
def talk(g):
    return next(g), g.send('a'), g.send('b')
def shut(g):
    next(g)
    g.close()
def disturb(g):
    next(g)
    return g.throw(KeyError('k'))
def through(g):
    result = yield from g
    yield result
def pairs(it):
    return list(zip(it, it))
log = []
def naturals():
    for n in itertools.count():
        log.append(n)
        yield n
def seen():
    return list(log)
def stop():
    raise StopIteration
def guarded(f):
    try:
        return f()
    except StopIteration as stop:
        return ('stop', stop.value)
"""


@pytest.mark.parametrize(
    "lines",
    [
        ("it = iter([1, 2, 3])", "self.assertEqual(take(2, it), [1, 2])", "self.assertEqual(next(it), 3)"),
        ("it = iter([1, 2, 3])", "self.assertIs(same(it), it)", "self.assertEqual([first(it), next(it), first(it)], [1, 2, 3])"),
        ("it = (x for x in [1, 2, 3])", "take(1, it)", "self.assertEqual(list(it), [2, 3])"),
        ("it = map(str, [1, 2, 3])", "take(1, it)", "self.assertEqual(list(it), ['2', '3'])"),
        ("it = zip('ab', 'cd')", "self.assertEqual(take(1, it), [('a', 'c')])", "self.assertEqual(list(it), [('b', 'd')])"),
        ("it = itertools.count(5)", "self.assertEqual(take(3, it), [5, 6, 7])", "self.assertEqual(next(it), 8)"),
        (
            "it = itertools.cycle('ab')",
            "self.assertEqual(pairs(itertools.islice(it, 3)), [('a', 'b')])",
            "self.assertEqual(next(it), 'b')",
        ),
        ("self.assertEqual(total(x for x in range(1000)), 499500)",),
        ("self.assertEqual(total(len(x) for x in ['a', 'bc']), 3)",),
        ("with self.assertRaises(ZeroDivisionError): total(1 / x for x in [1, 1, 0])",),
        ("self.assertEqual(take(4, (1 / x for x in [1, 1, 1, 1, 0])), [1.0] * 4)",),
        ("self.assertEqual(take(2, range(9)), [0, 1])", "self.assertEqual(take(1, {'k': 1}.items()), [('k', 1)])"),
        ("self.assertTrue(is_generator(x for x in 'a'))", "self.assertFalse(is_generator(iter('a')))"),
        (
            "def g():",
            "    self.assertEqual((yield 1), 'a')",
            "    self.assertEqual((yield 2), 'b')",
            "    yield 3",
            "self.assertEqual(talk(g()), (1, 2, 3))",
        ),
        ("ended = []", "def g():", "    try: yield 1", "    finally: ended.append(1)", "shut(g())", "self.assertEqual(ended, [1])"),
        ("def g():", "    try: yield 1", "    except KeyError as e: yield e.args", "self.assertEqual(disturb(g()), ('k',))"),
        ("def g():", "    yield 1", "    return 2", "self.assertEqual(list(through(g())), [1, 2])"),
        (
            "made = []",
            "def g():",
            "    for n in range(9):",
            "        made.append(n)",
            "        yield n",
            "take(2, g())",
            "self.assertEqual(made, [0, 1])",
        ),
        ("def g():", "    yield 1", "    self.fail('read too far')", "self.assertEqual(take(1, g()), [1])"),
        ("it = naturals()", "self.assertEqual([next(it), next(it), next(it)], [0, 1, 2])", "self.assertEqual(seen(), [0, 1, 2])"),
        (
            "it = naturals()",
            "next(it)",
            "self.assertEqual(take(2, it), [1, 2])",
            "self.assertEqual(next(it), 3)",
            "self.assertEqual(len(seen()), 4)",
        ),
        (
            "it = through(through(iter('abc')))",
            "self.assertEqual(next(it), 'a')",
            "self.assertEqual(list(it), ['b', 'c', None, None])",
        ),
        (
            "self.assertEqual(guarded(lambda: first(iter([]))), None)",
            "self.assertEqual(guarded(lambda: next(iter([]))), ('stop', None))",
        ),
        ("for n, each in zip(range(3), naturals()): self.assertEqual(n, each)", "self.assertLessEqual(len(seen()), 4)"),
    ],
    ids=lambda lines: lines[0][:50],
)
def test_an_iterator_is_read_as_far_as_asked_for(lines):
    assert_passes(PROGRAM, *lines, top="import itertools\n")


@pytest.mark.parametrize(
    "lines",
    [
        (
            "class Lines:",
            "    at = 0",
            "    def __iter__(self): return self",
            "    def __next__(self):",
            "        if self.at > 1: raise StopIteration",
            "        self.at += 1",
            "        return 'ab'[self.at - 1]",
            "x = Lines()",
            "self.assertEqual(take(1, x), ['a'])",
            "self.assertEqual(x.at, 1)",
            "self.assertEqual(take(5, x), ['b'])",
        ),
        (
            "class Seq:",
            "    def __len__(self): return 3",
            "    def __getitem__(self, i):",
            "        if i > 2: raise IndexError",
            "        return i * i",
            "self.assertEqual(take(2, Seq()), [0, 1])",
            "self.assertEqual(total(Seq()), 5)",
        ),
    ],
    ids=["iterator", "sequence"],
)
def test_objects_of_the_test_are_iterated(lines):
    assert_passes(PROGRAM, *lines)


CALLING = """
import functools
def call(f, *args):
    return f(*args)
def caught(f):
    try:
        f()
    except Exception as e:
        return type(e).__name__, str(e), e.args, getattr(e, 'code', None)
def again(f):
    try:
        f()
    except Exception:
        raise
def wrapped(f):
    try:
        f()
    except Exception as e:
        raise RuntimeError('outer') from e
def attribute(f):
    return f.tag, f.__name__
def keep(f):
    return [f]
class Emitter:
    def __init__(self):
        self.handlers = []
    def on(self, f):
        self.handlers.append(f)
    def off(self, f):
        self.handlers.remove(f)
    def emit(self, v):
        return [f(v) for f in self.handlers]
"""
TOP = """
import functools
class Boom(Exception):
    def __init__(self, text, code=7):
        super().__init__(text)
        self.code = code
class Adder:
    def __init__(self, n):
        self.n = n
    def __call__(self, x):
        self.n += 1
        return self.n + x
    def add(self, x):
        return self.n + x
def boom():
    raise Boom('no')
"""


@pytest.mark.parametrize(
    "lines",
    [
        ("self.assertEqual(caught(boom), ('Boom', 'no', ('no',), 7))",),
        ("e = Boom('x', 3)", "def f(): raise e", "with self.assertRaises(Boom) as c: again(f)", "self.assertIs(c.exception, e)"),
        (
            "with self.assertRaises(RuntimeError) as c: wrapped(boom)",
            "self.assertIsInstance(c.exception.__cause__, Boom)",
            "self.assertEqual(c.exception.__cause__.code, 7)",
        ),
        (
            "seen = []",
            "e = Emitter()",
            "e.on(seen.append)",
            "e.emit(1)",
            "e.off(seen.append)",
            "e.emit(2)",
            "self.assertEqual(seen, [1])",
        ),
        ("a = Adder(1)", "self.assertEqual([call(a, 1), call(a, 1)], [3, 4])", "self.assertEqual(a.n, 3)"),
        (
            "a = Adder(1)",
            "e = Emitter()",
            "e.on(a.add)",
            "e.off(a.add)",
            "self.assertEqual(e.emit(1), [])",
            "self.assertEqual(call(a.add, 2), 3)",
        ),
        ("self.assertEqual(call(functools.partial(divmod, 7), 2), (3, 1))", "self.assertEqual(call(Adder(1).add, 1), 2)"),
        ("self.assertEqual(call(Adder, 4).n, 4)", "self.assertIsInstance(call(Adder, 4), Adder)"),
        ("def f(): pass", "f.tag = 'x'", "self.assertEqual(attribute(f), ('x', 'f'))", "self.assertIs(keep(f)[0], f)"),
        (
            "self.assertEqual(call(str.upper, 'a'), 'A')",
            "self.assertEqual(call(dict.fromkeys, 'a'), {'a': None})",
            "self.assertEqual(call(','.join, 'ab'), 'a,b')",
        ),
        ("self.assertEqual(call({'a': 1}.get, 'a'), 1)", "s = set()", "call(s.add, 3)", "self.assertEqual(s, {3})"),
        (
            "f = functools.lru_cache(lambda x: x * 2)",
            "self.assertEqual(call(f, 2), 4)",
            "self.assertEqual(f.cache_info().misses, 1)",
        ),
    ],
    ids=lambda lines: lines[0][:50],
)
def test_callbacks_of_any_sort_are_called(lines):
    assert_passes(CALLING, *lines, top=TOP)
