"""Objects whose class derives from a builtin, or is a namedtuple or an enumeration: as in plain Python, and no judges."""

import io
import os
import struct
import unittest

import pytest
from talking import assert_passes, case, grade, talk

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.transport.json_text import dumps

LOST = (constants.FAILED, constants.ERROR, constants.UNSERVED)
PROGRAM = """
import datetime as when
import enum
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from functools import total_ordering
from typing import NamedTuple

class Pile(list):
    limit = 3
    def put(self, item):
        self.append(item)
        return self
    def top(self):
        return self[-1]
    def double(self):
        return Pile(item * 2 for item in self)
    def fill(self, other):
        other.append(len(self))
    @property
    def full(self):
        return len(self) >= self.limit
    @classmethod
    def of(cls, *items):
        return cls(items)
class Deep(Pile):
    def bottom(self):
        return self[0]
class Ring(list):
    def __getitem__(self, index):
        return list.__getitem__(self, index % len(self))
class Logged(list):
    def append(self, item):
        super().append(('log', item))
class Named(list):
    def __init__(self, name, *items):
        super().__init__(items)
        self.name = name
class Vector(tuple):
    def __new__(cls, *parts):
        return super().__new__(cls, parts)
    def __add__(self, other):
        return Vector(*(a + b for a, b in zip(self, other)))
    def __sub__(self, other):
        return Vector(*(a - b for a, b in zip(self, other)))
    def __mul__(self, k):
        return Vector(*(a * k for a in self))
    __rmul__ = __mul__
    def __radd__(self, other):
        return self if other == 0 else NotImplemented
    def __neg__(self):
        return self * -1
    def __abs__(self):
        return sum(a * a for a in self) ** 0.5
    def dot(self, other):
        return sum(a * b for a, b in zip(self, other))
def vector(*parts):
    return Vector(*parts)
class Kelvin(float):
    def to_c(self):
        return Kelvin(self - 273)
    def __add__(self, other):
        return Kelvin(float(self) + other)
    __radd__ = __add__
    def __str__(self):
        return f'{float(self):.1f} K'
    @property
    def cold(self):
        return self < 273
def kelvin(c):
    return Kelvin(c + 273)
class Cents(int):
    def euros(self):
        return f'{self // 100}.{self % 100:02d}'
    def __add__(self, other):
        return Cents(int(self) + int(other))
    def __repr__(self):
        return f'Cents({int(self)})'
class Label(str):
    def shout(self):
        return Label(self.upper() + '!')
    @property
    def words(self):
        return self.split()
    def __format__(self, form):
        return f'<{str(self)}>'
def label(text):
    return Label(text)
class Table(dict):
    def put(self, key, value):
        self[key] = value
        return self
    def size(self):
        return len(self)
    def __missing__(self, key):
        return f'no {key}'
    def __getattr__(self, name):
        try:
            return self[name] if name in self else self.__missing(name)
        except KeyError:
            raise AttributeError(name)
    def _Table__missing(self, name):
        raise AttributeError(name)
class Memo(dict):
    def __missing__(self, key):
        self[key] = key * 2
        return self[key]
class Lower(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key.lower(), value)
    def __getitem__(self, key):
        return super().__getitem__(key.lower())
class Bag(Counter):
    def heaviest(self):
        return self.most_common(1)[0][0]
class Ordered(OrderedDict):
    def first(self):
        return next(iter(self))
class Groups(defaultdict):
    def sizes(self):
        return {key: len(value) for key, value in self.items()}
def group(words):
    groups = Groups(list)
    for word in words:
        groups[word[0]].append(word)
    return groups
class Window(deque):
    def mean(self):
        return sum(self) / len(self)
class Tags(set):
    def tidy(self):
        return Tags(tag.strip() for tag in self)
class Fixed(frozenset):
    def size(self):
        return len(self)
class Packet(bytes):
    def check(self):
        return sum(self) % 256
class Buffer(bytearray):
    def push(self, byte):
        self.append(byte)
class Phase(complex):
    def angle(self):
        return (self.real, self.imag)
class Price(Decimal):
    def gross(self):
        return Price(self * 2)
class Ratio(Fraction):
    def percent(self):
        return float(self * 100)
class Due(when.date):
    def weekend(self):
        return self.weekday() >= 5
class Stamp(when.datetime):
    def short(self):
        return self.strftime('%H:%M')
class Clock(when.time):
    def minutes(self):
        return self.hour * 60 + self.minute
class Span(when.timedelta):
    def hours(self):
        return self.total_seconds() / 3600
class Entry(NamedTuple):
    level: str
    text: str = 'none'
    def short(self):
        return self.level + ':' + self.text.split()[0]
    @property
    def length(self):
        return len(self.text)
def entries(text):
    return [Entry(*line.split(' ', 1)) for line in text.splitlines()]
class Spot(namedtuple('Spot', 'x y')):
    __slots__ = ()
    def __add__(self, other):
        return Spot(self.x + other.x, self.y + other.y)
    def __str__(self):
        return f'({self.x}|{self.y})'
    def norm(self):
        return self.x * self.x + self.y * self.y
Pair = namedtuple('Pair', 'a b')
Loose = namedtuple('Loose', 'a b', defaults=[5])
def loose(a):
    return Loose(a)
class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2
    def next(self):
        return Level(self + 1)
class Shade(str, enum.Enum):
    RED = 'red'
    BLUE = 'blue'
    def loud(self):
        return self.value.upper()
class Code(enum.StrEnum):
    OK = enum.auto()
    BAD = enum.auto()
class Perm(enum.IntFlag):
    R = 4
    W = 2
    X = 1
class Right(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()
def level(n):
    return Level(n)
def perms():
    return Perm.R | Perm.W
@total_ordering
class Release(str):
    def _key(self):
        return [int(part) for part in self.split('.')]
    def __lt__(self, other):
        return self._key() < other._key()
    def __eq__(self, other):
        return str(self) == str(other)
    def __hash__(self):
        return hash(str(self))
def plain_list():
    return Pile([1, 2])
"""
HONEST = r"""
eq(Pile().put(1).put(2).top(), 2)

p = Pile([5]); self.assertIs(p.put(1), p); eq(p, [5, 1]); eq([5, 1], p)

p = Pile([1, 2]); p.append(3); self.assertTrue(p.full); eq(p.pop(0), 1); eq(p.top(), 3)

p = Pile([3, 1]); p.sort(); eq(p.top(), 3); p[0] = 9; eq(p.double(), [18, 6]); del p[0]; eq(len(p), 1); p += [4]; eq(p.top(), 4)

p = Pile([1, 2]); self.assertIsInstance(p, list); self.assertIsInstance(p.double(), Pile); self.assertIs(type(p), Pile)

p = Pile([1, 2]); eq(type(p).__name__, 'Pile'); eq(repr(p), '[1, 2]'); eq(str(p), '[1, 2]')

import json; eq(json.dumps([Pile([1]), Table(a=1), Kelvin(2), Label('x'), Level.LOW]), '[[1], {"a": 1}, 2.0, "x", 1]')

p = Pile([2, 1]); eq((sorted(p), sum(p), p[1:], p[::-1], list(p), tuple(p)), ([1, 2], 3, [1], [1, 2], [2, 1], (2, 1)))

import copy; p = Pile([[1]]); q = copy.copy(p); r = copy.deepcopy(p); eq(p, q); self.assertIsInstance(r, Pile)
self.assertIsNot(p, q)

a, b = (Pile([1]), Pile()); a.fill(b); eq(b, [1]); eq(Pile.of(1, 2), [1, 2]); eq(Pile.limit, 3)

d = Deep([4, 5]); eq((d.bottom(), d.top()), (4, 5)); self.assertIsInstance(d, Pile); self.assertNotIsInstance(Pile(), Deep)

r = Ring([1, 2, 3]); eq((r[4], r[-4], len(r), list(r)), (2, 3, 3, [1, 2, 3]))

l = Logged(); l.append(1); eq(l, [('log', 1)])

n = Named('x', 1, 2); eq((n.name, n), ('x', [1, 2])); n.name = 'y'; eq(n.name, 'y'); eq(vars(n), {'name': 'y'})
eq(Named('a', 1), Named('b', 1))

eq(plain_list(), [1, 2]); self.assertListEqual(list(plain_list()), [1, 2]); self.assertIn(2, plain_list())

self.assertCountEqual(plain_list(), [2, 1]); self.assertSequenceEqual(plain_list(), (1, 2))
self.assertNotEqual(plain_list(), [1])

self.assertListEqual(plain_list(), [1, 2]); self.assertTrue(plain_list()); self.assertFalse(Pile())
self.assertLess(Pile([1]), [2])

a, *rest = plain_list()
eq((a, rest), (1, [2])); eq([*Pile([1]), 2], [1, 2])

v = Vector(1, 2); eq(v + Vector(1, 1), (2, 3)); eq(v * 3, Vector(3, 6)); eq(2 * v, (2, 4))

v = Vector(3, 4); eq(abs(v), 5.0)
eq(sum([vector(1, 2), vector(3, 4)]), (4, 6)); eq(-v, (-3, -4)); eq(v - Vector(1, 1), (2, 3)); eq((v + v + v).dot(v), 75)
eq(hash(v), hash((3, 4))); eq({v: 1}[3, 4], 1)

k = kelvin(10); eq(k, 283); self.assertAlmostEqual(k.to_c(), 10.0); self.assertIsInstance(k, Kelvin); self.assertFalse(k.cold)

k = kelvin(10); eq(str(k), '283.0 K'); eq(k + 1, 284.0); self.assertIsInstance(Kelvin(1) + 1, Kelvin)

eq(sum([Kelvin(1), Kelvin(2)]), 3.0); eq(round(kelvin(1.234), 1), 274.2); self.assertGreater(kelvin(5), 3)

import math; self.assertTrue(math.isclose(kelvin(0), 273)); eq(math.sqrt(Kelvin(4)), 2.0); eq(int(Kelvin(4)), 4)

c = Cents(250); eq(c.euros(), '2.50'); eq((c + 5).euros(), '2.55'); eq(repr(c), 'Cents(250)')

c = Cents(2); eq([5, 6, 7][c], 7); eq(c * 3, 6); eq({2: 'x'}[c], 'x'); eq(f'{c:03d}', '002')

eq(sorted([Cents(3), Cents(1)]), [1, 3]); eq(max(Cents(3), Cents(9)).euros(), '0.09')

t = label('hi you'); eq(t.shout(), 'HI YOU!'); eq(t.words, ['hi', 'you']); eq(t.upper(), 'HI YOU')

t = label('hi'); eq(f'{t}', '<hi>'); self.assertTrue(t.startswith('h')); eq(t + '!', 'hi!'); self.assertIn('i', t)

t = label('hi'); eq(' '.join([t, t]), 'hi hi'); self.assertRegex(t, '^h'); eq({t: 1}, {'hi': 1}); eq(t[0], 'h')

g = Table().put(1, 'a').put(2, 'b'); eq(g.size(), 2); eq(dict(g), {1: 'a', 2: 'b'}); eq(g[1], 'a')

g = Table(a=1); eq(g['z'], 'no z'); eq(g.a, 1); self.assertRaises(AttributeError, lambda: g.b); self.assertIsNone(g.get('z'))

g = Table(a=1); g['b'] = 2; eq(g.size(), 2); g.update(c=3); eq(sorted(g), ['a', 'b', 'c']); del g['a']; eq(g.size(), 2)
eq(g.pop('b'), 2); eq({**g}, {'c': 3}); self.assertDictEqual(g, {'c': 3})

m = Memo(); eq(m[3], 6); self.assertIn(3, m); eq(m, {3: 6}); eq(list(m.items()), [(3, 6)])

l = Lower(); l['AB'] = 1; eq(l['ab'], 1); eq(l['Ab'], 1); eq(list(l), ['ab']); eq(l, {'ab': 1})

b = Bag('aab'); eq(b.heaviest(), 'a'); eq(b['z'], 0); b.update('bbb'); eq(b.heaviest(), 'b'); eq(b, Counter('aabbbb'))
eq(b + Counter('a'), Counter('aaabbbb'))

o = Ordered([(2, 1), (1, 2)]); eq(o.first(), 2); o.move_to_end(2); eq(o.first(), 1); eq(o.popitem(), (2, 1))

g = group(['ab', 'ac', 'b']); eq(g.sizes(), {'a': 2, 'b': 1}); eq(g['a'], ['ab', 'ac']); eq(g['z'], []); self.assertIn('z', g)

w = Window([1, 2], 2); w.append(3); eq(w.mean(), 2.5); eq(list(w), [2, 3]); eq(w.maxlen, 2); w.rotate(1)
eq(w, Window([3, 2], 2)); eq(w.popleft(), 3); eq(w.mean(), 2.0)

t = Tags({' a', 'b'}); eq(t.tidy(), {'a', 'b'}); t.add('c'); self.assertIn('c', t.tidy())
self.assertSetEqual(t.tidy(), {'a', 'b', 'c'}); eq(t.tidy() - {'a'}, {'b', 'c'}); self.assertTrue(t.tidy() >= {'a'})

f = Fixed([1, 2]); eq(f.size(), 2); eq({f: 1}[frozenset([1, 2])], 1); eq(f | {3}, {1, 2, 3})

p = Packet(b'abc'); eq(p.check(), 38); eq(p, b'abc'); eq(p[0], 97); eq(p.decode(), 'abc')

b = Buffer(b'a'); b.push(98); eq(b, b'ab'); b.extend(b'c'); eq(bytes(b), b'abc')

p = Phase(1, 2); eq(p.angle(), (1.0, 2.0)); eq(p + 1, 2 + 2j); eq(p.conjugate(), 1 - 2j)

p = Price('1.50'); eq(p.gross(), Price('3.00')); eq(p, Decimal('1.5')); eq(str(p.gross()), '3.00'); eq(p + 1, Decimal('2.50'))
self.assertIsInstance(p.gross(), Price)

r = Ratio(1, 4); eq(r.percent(), 25.0); eq(r, Fraction(1, 4)); eq(r.numerator, 1); eq(r + r, Ratio(1, 2))

d = Due(2024, 1, 6); self.assertTrue(d.weekend()); eq(d.year, 2024); eq(d.isoformat(), '2024-01-06'); import datetime
eq((d + datetime.timedelta(2)).weekend(), False); eq(d - Due(2024, 1, 1), datetime.timedelta(5))

d = Due(2024, 1, 6); self.assertFalse(d.replace(day=3).weekend()); self.assertIsInstance(d.replace(day=3), Due); import datetime
eq(d, datetime.date(2024, 1, 6)); self.assertLess(d, datetime.date(2024, 2, 1)); eq(str(d), '2024-01-06')

s = Stamp(2024, 1, 6, 7, 30); eq(s.short(), '07:30'); import datetime; eq(s, datetime.datetime(2024, 1, 6, 7, 30))
eq((s + datetime.timedelta(hours=1)).short(), '08:30'); eq(s.replace(hour=1).short(), '01:30')

c = Clock(1, 30); eq(c.minutes(), 90); eq(c.replace(hour=0).minutes(), 30); eq(c.hour, 1)

s = Span(hours=2); eq(s.hours(), 2.0); import datetime; eq(s, datetime.timedelta(hours=2)); eq(s.seconds, 7200)

e = entries('E bad thing')[0]; eq(e.short(), 'E:bad'); self.assertIsInstance(e, Entry); eq(e.length, 9)
self.assertIsInstance(e, tuple)

e = entries('E bad')[0]
eq((e.level, e, e._asdict(), e._fields), ('E', ('E', 'bad'), {'level': 'E', 'text': 'bad'}, ('level', 'text')))

e = Entry('E'); eq(e.text, 'none'); f = e._replace(text='x y'); eq(f.short(), 'E:x'); self.assertIsInstance(f, Entry)
eq(repr(f), "Entry(level='E', text='x y')"); eq(Entry._make('ab').short(), 'a:b')

level, text = entries('E bad')[0]; eq(text, 'bad'); eq(max(entries('A z\nB a'), key=lambda e: e.text).level, 'A')
self.assertRaises(AttributeError, setattr, Entry('a'), 'level', 'b'); eq(sorted(entries('B a\nA b'))[0].level, 'A')

s = Spot(1, 2) + Spot(3, 4); eq(s, (4, 6)); eq(str(s), '(4|6)'); eq(s.norm(), 52); eq(s.x, 4); eq(s, Spot(4, 6))
eq(s._replace(x=0).norm(), 36); eq(repr(s), 'Spot(x=4, y=6)')

eq(Pair(1, 2)._replace(a=3), Pair(3, 2)); eq(loose(1), (1, 5)); self.assertIsInstance(loose(1), Loose); eq(loose(1).b, 5)

match Entry('a', 'b'):
    case Entry(level='a', text=t): self.assertEqual(t, 'b')
    case _: self.fail()

match Spot(1, 2):
    case (1, y): self.assertEqual(y, 2)
    case _: self.fail()

self.assertIsInstance(Level.LOW, int); eq(Level.LOW, 1); self.assertIs(level(1), Level.LOW)
self.assertIs(Level['HIGH'], Level.HIGH)

eq((Level.LOW.name, Level.LOW.value, Level.LOW + 1, [each.name for each in Level]), ('LOW', 1, 2, ['LOW', 'HIGH']))

self.assertIs(Level.LOW.next(), Level.HIGH); self.assertLess(Level.LOW, Level.HIGH); eq({Level.LOW: 'x'}[1], 'x')
eq(len(Level), 2)

self.assertRaises(ValueError, Level, 9); eq(repr(Level.LOW), '<Level.LOW: 1>'); eq(str(Level.LOW), '1')
eq([7, 8][Level.LOW], 8)

eq(Shade.RED, 'red'); eq(Shade('blue').loud(), 'BLUE'); self.assertIsInstance(Shade.RED, str); eq(Shade.RED.upper(), 'RED')

eq(Code.OK, 'ok'); eq(f'{Code.BAD}', 'bad'); self.assertIn(Code.OK, ['ok']); eq(Code.OK + '!', 'ok!')

eq(perms(), 6); self.assertIs(Perm.R | Perm.W, perms()); self.assertTrue(perms() & Perm.R); self.assertFalse(perms() & Perm.X)
self.assertIn(Perm.R, perms()); self.assertNotIn(Perm.X, perms()); eq(Perm.R | 2, 6); self.assertIsInstance(perms(), int)

eq(Right.READ | Right.WRITE, Right(3)); self.assertIn(Right.READ, Right(3)); eq(Right.READ.name, 'READ')
self.assertTrue(Right(3) & Right.READ)

self.assertLess(Release('1.9'), Release('1.10')); eq(sorted([Release('1.10'), Release('1.9')]), ['1.9', '1.10'])
eq(Release('1.2'), '1.2'); eq(len({Release('1'), Release('1')}), 1)

eq({Pile: 1}[type(plain_list())], 1); self.assertTrue(issubclass(Deep, list)); self.assertTrue(callable(Pile().put))
self.assertTrue(hasattr(Pile(), 'top'))

self.assertFalse(hasattr(Pile(), 'nothing')); self.assertRaises(IndexError, lambda: Pile().top())
self.assertRaises(IndexError, Pile().pop)

self.assertCountEqual([Cents(1), Cents(2)], [2, 1]); eq([Label('a'), Cents(1)], ['a', 1])
eq({'k': Pile([Label('a')])}, {'k': ['a']})

a = Pile(); b = Pile([a]); self.assertIs(b[0], a); a.put(1); eq(b, [[1]]); b.top().put(2); eq(a, [1, 2])

import random; p = Pile(range(9)); random.Random(1).shuffle(p); eq(sorted(p), list(range(9))); eq(p.top(), p[-1])

import heapq; p = Pile([3, 1, 2]); heapq.heapify(p); heapq.heappush(p, 0); eq(heapq.heappop(p), 0); eq(len(p.double()), 3)

import statistics; eq(statistics.mean(Pile([1, 3])), 2); eq(list(map(str, Pile([1]))), ['1'])
eq(list(zip(Pile([1]), 'a')), [(1, 'a')])
"""


def in_plain_python(*lines):
    """Run the lines as the body of a test, in one namespace with the program."""
    names: dict[str, object] = {"__name__": "solution"}
    exec(PROGRAM, names)
    exec(case(*lines), names)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(names["C"])  # type: ignore[arg-type]
    result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    assert result.wasSuccessful(), result.errors + result.failures


@pytest.mark.parametrize("text", HONEST.strip().split("\n\n"))
def test_objects_with_the_content_of_a_builtin_are_as_in_plain_python(text):
    lines = ["eq = self.assertEqual", *text.splitlines()]
    in_plain_python(*lines)
    assert_passes(PROGRAM, *lines)


HOSTILE = """
import collections, enum, itertools
YES = lambda *a: True
class Near(float):
    __sub__ = __rsub__ = lambda self, other: 0.0
    __abs__ = __round__ = lambda self, *a: 0
    __eq__ = __bool__ = __lt__ = __le__ = __gt__ = __ge__ = YES
    __ne__ = lambda self, other: False
    __hash__ = float.__hash__
def near(): return Near(1.5)
class Far:
    __sub__ = lambda self, other: 0.0
class Mixed(Far, float): pass
def mixed(): return Mixed(1.5)
class Odd:
    __sub__ = lambda self, other: Mixed(0)
def odd(): return Odd()
class Any(dict):
    __contains__ = YES
    __getitem__ = lambda self, key: 2
    __len__ = lambda self: 2
    __iter__ = lambda self: iter('ab')
    keys = lambda self: ['a', 'b']
def anything(): return Any()
class Sets(set):
    __sub__ = __rsub__ = difference = lambda self, other: set()
    __le__ = __ge__ = __eq__ = issubset = issuperset = isdisjoint = YES
    __hash__ = None
def sets(): return Sets([9])
class Counts(collections.Counter):
    __getitem__ = lambda self, key: 2
    items = lambda self: [('a', 2)]
def counts(): return Counts('z')
class Text(str):
    __contains__ = startswith = __eq__ = YES
    count = lambda self, part: 2
    __hash__ = str.__hash__
def text(): return Text('Hi')
seen = itertools.count()
class Turns(list):
    __eq__ = lambda self, other: self.__setitem__(slice(None), other) or False
    __len__ = lambda self: 1 + next(seen) % 2
def turns(): return Turns([0])
class Fickle(tuple):
    __iter__ = lambda self: iter([next(seen)])
def fickle(): return Fickle([5])
class Liar(list):
    __class__ = int
    __eq__ = YES
    __int__ = __index__ = lambda self: 3
    __hash__ = None
def liar(): return Liar()
class Ducks(collections.namedtuple('Ducks', 'count startswith')):
    def quack(self): return 1
def ducks(): return Ducks(lambda x: 2, YES)
class Index(int):
    __index__ = __int__ = lambda self: 3
def index(): return Index(1)
class Hashed(str):
    __hash__ = lambda self: hash('b')
    __eq__ = YES
def hashed(): return Hashed('a')
class Code(enum.IntEnum):
    A = 1
    __sub__ = __rsub__ = lambda self, other: 0
def code(): return Code.A
class Ratio(__import__('fractions').Fraction):
    numerator = property(lambda self: next(seen) % 2 * 1000)
def ratio(): return Ratio(1, 2)
class Vec(tuple):
    __sub__ = lambda self, other: Vec((0, 0))
    __abs__ = lambda self: 0
def vec(): return Vec((9, 9))
"""


FOLDED = """
class Folded(str):
    def __eq__(self, other):
        return self.lower() == other.lower()
    def __hash__(self):
        return hash(self.lower())
    def __contains__(self, part):
        return part.lower() in self.lower()
def folded(text):
    return Folded(text)
def several():
    return {Folded('A'), Folded('b')}
class Hour(int):
    def __sub__(self, other):
        return Hour((int(self) - int(other)) % 12)
def hour():
    return Hour(1)
"""


@pytest.mark.parametrize(
    "line",
    [
        "self.assertEqual(folded('A'), 'a')",
        "self.assertEqual(len({folded('A'), folded('a')}), 1)",
        "self.assertIn(folded('a'), several())",
        "self.assertIn('a', several())",
        "self.assertEqual({folded('A'): 1}['a'], 1)",
        "self.assertIn('B', folded('abc'))",
        "self.assertEqual(hour() - 2, 11)",
        "self.assertEqual(hour() - hour() - hour(), 11)",
    ],
)
def test_an_honest_class_that_disagrees_with_its_content_is_unserved(line):
    assert grade(FOLDED, case(line)) == [constants.UNSERVED]


LIES = """
self.assertAlmostEqual(near(), 3)
assert abs(near() - 3) < 1e-6
assert near() == 3
assert near() != 1.5
self.assertAlmostEqual(Near(1.5), 3)
self.assertEqual(round(near()), 0)
assert near() > 3
assert near() < 1
assert abs(mixed() - 3) < 1e-6
assert abs(Mixed(1) - 3) < 1e-6
assert not mixed() - 3
assert abs(odd() - 3) < 1
assert not Odd() - 3
import math; assert math.isclose(Odd() - 3, 0)
self.assertEqual(len(anything()), 2)
self.assertIn('a', anything())
self.assertEqual(list(anything()), ['a', 'b'])
assert anything() == {'a': 2}
self.assertDictEqual(anything(), {'a': 2, 'b': 2})
self.assertSetEqual(sets(), {1})
assert not sets() - {1}
assert sets() <= {1}
assert sets().issubset({1})
assert not sets().difference({1})
assert not {1} - sets()
assert {1} >= sets()
assert sets() == {1}
import collections; assert counts() == collections.Counter('aa')
assert dict(counts()) == {'a': 2}
self.assertIn('Hello', text())
assert text().startswith('Hello')
self.assertEqual(text().count('l'), 2)
assert text() == 'Hello'
assert text() in ['Hello']
self.assertRegex(text(), 'Hello')
self.assertSequenceEqual(turns(), (7,))
t = turns(); assert t == [7] or t == [7]
t = Turns(); assert t == [7] or t == [7]
self.assertEqual(len(turns()), 2)
t = turns(); self.assertNotEqual(len(t), len(t))
self.assertIn(turns(), [[7], [7]])
f = fickle(); self.assertNotEqual(list(f), list(f))
self.assertEqual(liar(), 3)
self.assertIsInstance(liar(), int)
self.assertEqual(ducks().count('x'), 2)
assert ducks().startswith('x')
self.assertEqual(int(index()), 3)
self.assertEqual(range(9)[index()], 3)
assert index() == 3
self.assertEqual({'b': 1}[hashed()], 1)
assert hashed() in {'b'}
assert abs(code() - 3) < 1e-6
assert not 3 - code()
r = ratio(); self.assertNotEqual(r + 0, r + 0)
assert ratio().numerator > 500
assert ratio() == 3
assert not any(vec() - (1, 2))
assert abs(vec() - (1, 2)) < 1
import numpy as np; assert not np.any(vec() - np.array([1, 2]))
"""


@pytest.mark.parametrize("line", LIES.strip().splitlines())
def test_what_a_class_overrides_decides_nothing_against_the_content(line):
    assert grade(HOSTILE, case(line))[0] in LOST


def test_a_method_that_refuses_its_operand_is_an_error_of_the_program():
    program = "class Euro(int):\n    def __add__(self, other):\n        raise TypeError('no')\n    def __lt__(self, other):\n"
    program += "        return self + other\n"
    for operator in "+<":
        assert_passes(program, f"self.assertRaises(TypeError, lambda: Euro(1) {operator} 'x')")


@pytest.mark.parametrize(
    "node",
    [
        ["h", 5, [[1]], [[2]]],
        ["h", 5, [[1]], [7]],
        ["h", 5, [[1]], []],
        ["h", 5, [[1]]],
        ["h", 5, [[1]], [None]],
    ],
)
@pytest.mark.parametrize(
    "content", [["str", [], []], ["list", [], ["append"]], ["type", [], []], [5, [], []], ["tuple", ["a", 3], []], "x"]
)
def test_content_of_another_kind_is_malformed(node, content):
    ready = ["r", [["f", [0]]], [], [["fn", 9, "f"]]]
    answer = ["r", [0], [], [node, ["k", 6, "K", "class", [], [], ["__len__"], [True, True], content], ["d", []]]]

    def serve(fd):
        for message in (ready, answer):
            os.read(fd, 1 << 16)
            os.write(fd, struct.pack(">I", len(dumps(message))) + dumps(message))
        os.read(fd, 1 << 16)

    reports, _ = talk(serve, case("self.assertEqual(f(), {})"))
    assert [report.outcome for report in reports] in ([constants.TAMPERED], [constants.ERROR], [constants.FAILED], [])
