"""`coderm bank` prints what a bank holds, beside a server that writes to it."""

import sqlite3
from contextlib import closing

import pytest
from holdings import CASES, GIVEN, PROBLEM, verdicts, written

from cluster.commands.bank import listed, shown, verified
from coderm.bank.bank import Bank
from coderm.bank.database import FILE
from coderm.errors import DataError, StorageError


@pytest.fixture
def bank(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    with Bank(tmp_path) as opened:
        opened.enter(type(PROBLEM)("q", "question"))
        opened.buy({"q": 2}, 10)
        opened.add("q", written("test a", "test b"))
        opened.observe("q", opened.suite_of("q").version, verdicts("pp", "pf"))
        opened.retire("q", [0], "idle")
        opened.enter(PROBLEM, CASES)
        yield opened


def rows(capsys):
    return [" ".join(line.replace("│", " ").split()) for line in capsys.readouterr().out.splitlines()]


def test_every_problem_is_listed_with_what_was_bought_for_it(bank, tmp_path, capsys):
    assert listed(tmp_path) == 0
    found = rows(capsys)
    assert "q the bank 1 1 2 1 0 0 50.0" in found
    assert "p/0 the owner 2 0 0 0 0 0 -" in found
    assert "2 problems; 2 tests bought so far" in found


def test_a_problem_is_shown_with_its_tests_and_versions(bank, tmp_path, capsys):
    assert shown(tmp_path, "q", None) == 0
    found = rows(capsys)
    assert any(line.startswith("0 tiny idle ") and line.endswith("2 2 0 0 0 0 1 0 0 0") for line in found)
    assert any(line.startswith("1 tiny active 2 1 1 0 0 1") for line in found)
    assert [line.split(",")[0] for line in found if line.startswith("version")] == [
        "version 1: 0 tests",
        "version 2: 2 tests",
        "version 3: 1 tests",
    ]
    assert [line.endswith("(now)") for line in found if line.startswith("version")] == [False, False, True]


def test_the_texts_of_a_version_are_printed_whatever_they_hold(bank, tmp_path, capsys):
    assert shown(tmp_path, "q", 2) == 0
    assert capsys.readouterr().out.splitlines() == ["--- test 0", "test a", "--- test 1", "test b"]
    assert shown(tmp_path, "p/0", 1) == 0
    assert "\\ud800" in capsys.readouterr().out


def test_a_problem_or_version_that_is_not_there_is_one_line(bank, tmp_path):
    with pytest.raises(DataError, match=r"nobody: is not in the bank .*; `coderm bank list"):
        shown(tmp_path, "nobody", None)
    with pytest.raises(DataError, match="q: the bank has no version 9"):
        shown(tmp_path, "q", 9)


def test_verifying_tells_what_it_looked_at_and_ends_with_3_for_a_fault(bank, tmp_path, capsys):
    assert verified(tmp_path) == 0
    assert capsys.readouterr().out == "2 problems, 4 versions, 4 texts: all whole\n"
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        database.execute("update contents set payload = 'x' where kind = 'unittest'")
    assert verified(tmp_path) == StorageError.exit_code
    assert capsys.readouterr().out.endswith("4 texts: 2 fault(s)\n")


def test_a_directory_without_a_bank_is_one_line(tmp_path):
    with pytest.raises(StorageError, match="holds no bank"):
        listed(tmp_path / "nothing")


def test_the_owner_s_tests_can_be_printed_too(tmp_path, capsys):
    with Bank(tmp_path) as bank:
        bank.enter(PROBLEM, GIVEN)
    assert shown(tmp_path, "p/0", 1) == 0
    assert capsys.readouterr().out.count("test a") == 2
