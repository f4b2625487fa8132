"""What `isinstance` says of the program's objects and classes of the library: the same as in one process."""

import pytest
from talking import assert_passes, case, grade

from coderm.sandbox.runner import constants

PROGRAM = """
import abc, argparse, collections.abc, contextlib, contextvars, functools, json, logging, os, queue, sqlite3, time
VALUES = {
    "time.struct_time": lambda: time.gmtime(0),
    "os.stat_result": lambda: os.stat("/"),
    "queue.Queue": queue.Queue,
    "functools.partial": lambda: functools.partial(int, base=2),
    "sqlite3.Connection": lambda: sqlite3.connect(":memory:"),
    "logging.Logger": lambda: logging.getLogger("a"),
    "argparse.ArgumentParser": argparse.ArgumentParser,
}
def make(name): return VALUES[name]()
class Encoder(json.JSONEncoder): pass
class Jobs(queue.Queue): pass
class Items(collections.abc.Sequence):
    def __len__(self): return 1
    def __getitem__(self, place): return [5][place]
class Shape(abc.ABC): pass
class Plain: pass
def number(): return 5
"""
IMPORTS = "import abc, argparse, collections.abc, functools, json, logging, os, queue, sqlite3, time\n"


@pytest.mark.parametrize(
    "name",
    [
        "time.struct_time",
        "os.stat_result",
        "queue.Queue",
        "functools.partial",
        "sqlite3.Connection",
        "logging.Logger",
        "argparse.ArgumentParser",
    ],
)
def test_a_value_of_the_library_is_of_its_class(name):
    assert_passes(PROGRAM, f"value = make({name!r})", f"self.assertIsInstance(value, {name})", top=IMPORTS)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        ("Encoder()", "json.JSONEncoder"),
        ("Jobs()", "queue.Queue"),
        ("Items()", "collections.abc.Sequence"),
        ("Items()", "collections.abc.Iterable"),
        ("Shape()", "abc.ABC"),
    ],
)
def test_an_object_is_of_the_classes_of_the_library_that_its_class_derives_from(made, kind):
    assert_passes(PROGRAM, f"self.assertIsInstance({made}, {kind})", top=IMPORTS)


def test_the_class_of_such_an_object_is_the_programs():
    assert_passes(PROGRAM, "self.assertIs(Jobs().__class__, Jobs)", "self.assertEqual(Jobs().__class__.__name__, 'Jobs')")


@pytest.mark.parametrize("made", ["Plain()", "number()", "Encoder()"])
def test_what_is_not_of_a_class_is_not_said_to_be(made):
    (outcome,) = grade(PROGRAM, f"{IMPORTS}{case(f'self.assertIsInstance({made}, queue.Queue)')}")
    assert outcome == constants.FAILED
