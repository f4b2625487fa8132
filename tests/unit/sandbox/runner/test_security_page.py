"""The tables of docs/security.md: every row comes out as the page states it."""

import re
import sys
import types
import unittest
from pathlib import Path

import pytest
from talking import case, grade
from test_table import HONEST

from coderm.sandbox.runner import constants
from coderm.sandbox.runner.standins.table import TABLE
from coderm.sandbox.runner.tester.program_names import plan

PAGE = (Path(__file__).parents[4] / "docs" / "security.md").read_text("utf-8")
OUTCOMES = {"passed": constants.PASSED, "failed": constants.FAILED, "error": constants.ERROR, "unserved": constants.UNSERVED}
MORE = """
import collections, contextlib, dataclasses, datetime, enum, fractions, inspect, json, pathlib, sqlite3, time
import xml.etree.ElementTree
notes, total = [], 0
kept = None
class Stack:
    limit = 9
    def __init__(self):
        self.items = []
    @classmethod
    def of(cls, *items):
        made = cls()
        made.items += items
        return made
    @property
    def top(self):
        return self.items[-1]
    def push(self, item):
        self.items.append(item)
        return self
    def pop(self):
        return self.items.pop()
    def startswith(self, item):
        return self.items[0] == item
@dataclasses.dataclass
class Item:
    name: str
    price: int = 1
class Tally(dict):
    def add(self, name):
        self[name] = self.get(name, 0) + 1
class Point(collections.namedtuple("Point", "x y")):
    def moved(self):
        return Point(self.x + 1, self.y)
class Color(enum.Enum):
    RED = 1
class Name(str):
    def __eq__(self, other):
        return self.lower() == other.lower()
    __hash__ = str.__hash__
class ById:
    def __init__(self, n):
        self.n = n
    def __eq__(self, other):
        return self.n == other.n
    def __hash__(self):
        return id(self)
class Squares:
    def __iter__(self):
        return (n * n for n in range(20_000))
class Broke(Exception):
    def __init__(self, missing):
        super().__init__(f"{missing} missing")
        self.missing = missing
def pay(price):
    raise Broke(price)
def keep(values):
    global kept
    kept = values
def grow():
    kept.append(0)
def note(text):
    global total
    notes.append(text)
    total += 1
def half():
    return fractions.Fraction(1, 2)
def day():
    return datetime.date(2024, 2, 29)
def words(text):
    return collections.Counter(text.split())
def groups():
    return collections.defaultdict(list, a=[1])
def place():
    return pathlib.Path("a/b")
def parse(text):
    return json.loads(text)
def twice(function):
    return lambda value: function(function(value))
def first(values):
    return next(iter(values))
def count_up():
    n = 0
    while True:
        n += (yield n) or 1
def reverse(node):
    before = None
    while node:
        node.next, before, node = before, node, node.next
    return before
def build(values):
    node = None
    for value in reversed(values):
        node = ListNode(value, node)
    return node
def area(shape):
    return shape.width() * 2
def parameters(function):
    return list(inspect.signature(function).parameters)
def tree(text):
    return xml.etree.ElementTree.fromstring(text)
def contents(file):
    return file.read()
def save(path):
    pathlib.Path(path).write_text("saved")
def store(path):
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("create table t (n)")
        database.execute("insert into t values (1)")
def greet():
    print("hello")
def ask():
    return int(input("? "))
def call(function):
    return function(1)
def fetch():
    return "net"
def fetched():
    return fetch().upper()
def stamp():
    return time.time()
"""
PROGRAM = HONEST + MORE


def rows(title):
    """Return the rows of the page's table whose first column has a title."""
    found = re.search(rf"^\| {re.escape(title)} \|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert found, f"docs/security.md has no table of {title!r}"
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found[1].splitlines()]


def module(cell):
    """Return a test module of a cell's code: classes stand at the top, the rest is one case."""
    lines = re.findall(r"`(.+?)`(?=$|<br>)", cell)
    top = [line for line in lines if line.startswith(("class ", "    "))]
    return "".join(f"{line}\n" for line in top) + case(*(line for line in lines if line not in top))


SERVED = [(row[1], "passed") for row in rows("the test has")]
ASKED = [(row[0], row[1]) for title in ("the test says", "an honest program that is not served") for row in rows(title)]


@pytest.mark.parametrize(("cell", "outcome"), SERVED + ASKED)
def test_an_example_comes_out_as_the_page_says(cell, outcome):
    text = module(cell)
    assert grade(PROGRAM, text) == [OUTCOMES[outcome]]
    assert plan(text, compile(text, "<tests>", "exec")).obstacle == ""


@pytest.mark.parametrize(("cell", "outcome"), SERVED + ASKED)
def test_in_plain_python_it_passes_unless_it_fails_here(cell, outcome, monkeypatch):
    solution = types.ModuleType("solution")
    monkeypatch.setitem(sys.modules, "solution", solution)
    exec(PROGRAM + module(cell), vars(solution))
    result = unittest.defaultTestLoader.loadTestsFromTestCase(solution.C).run(unittest.TestResult())
    assert result.wasSuccessful() == (outcome != "failed")


@pytest.mark.parametrize(("because", "cell"), [row[:2] for row in rows("the test falls back, since it")])
def test_what_falls_back_is_what_the_page_says(because, cell):
    text = module(cell)
    assert plan(text, compile(text, "<tests>", "exec")).obstacle == because.strip("`")


def test_the_page_has_the_table_of_the_code():
    stated = {row[0]: tuple(row[2:]) for row in rows("operation of the test")}
    assert stated == {name: tuple(how.name.lower() for how in row) for name, row in TABLE.items()}
