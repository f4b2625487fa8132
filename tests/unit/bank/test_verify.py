"""A bank in which anything was changed or lost is found out, and one that is whole is not."""

import sqlite3
from contextlib import closing

import pytest
from holdings import CASES, GIVEN, PROBLEM, written

from coderm.bank.bank import Bank
from coderm.bank.database import FILE
from coderm.bank.verify import verify


@pytest.fixture
def directory(tmp_path):
    with Bank(tmp_path) as bank:
        bank.enter(PROBLEM, GIVEN)
        bank.enter(PROBLEM, CASES)
    return tmp_path


def faults(directory, statement=""):
    with closing(sqlite3.connect(directory / FILE)) as database, database:
        database.executescript(statement)
    with Bank(directory, readonly=True) as bank:
        return list(verify(bank).faults)


def test_a_whole_bank_has_no_fault(directory):
    with Bank(directory) as bank:
        bank.enter(type(PROBLEM)("other", "q"))
        bank.add("other", written("a", "b"))
        bank.retire("other", [0], "idle")
        bank.forget("p/0")
        found = verify(bank)
    assert (found.problems, found.versions, found.texts, found.faults) == (2, 5, 6, ())


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "update contents set payload = cast('other' as blob) where payload = cast('test a' as blob)",
            "is not what it was when it was added",
        ),
        ("update contents set payload = x'ff' where kind = 'stdin'", "is not readable"),
        ("delete from contents where payload = cast('test b' as blob)", "p/0: version 1 lacks the text of test 1"),
        ("delete from tests where place = 3", "p/0: version 2 lacks the text of test 3"),
        ("update suites set places = x'9101' where version = 1", "p/0: version 1 has other tests than when it was made"),
        ("update suites set revision = 7 where version = 1", "p/0: version 1 lacks its problem's text"),
        ("update problems set version = 9", "p/0: has no suite"),
        ("update tests set retired = 1 where place = 4", "p/0: the active tests are not those of version 2"),
    ],
)
def test_what_was_changed_by_another_hand_is_found(directory, statement, said):
    assert any(said in fault for fault in faults(directory, statement))
