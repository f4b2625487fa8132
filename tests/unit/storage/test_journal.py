"""The journal: what was appended is there, whatever happened since."""

import shutil
import sqlite3
from contextlib import closing

import msgspec
import numpy as np
import pytest
from builders import a_result, plain, samples

from coderm.errors import StorageError
from coderm.messages.events import Executed, Sampled, StatesRead
from coderm.messages.execution import BlockResult
from coderm.messages.hidden_states import States
from coderm.messages.problem import ChatMessage, Problem
from coderm.messages.results import ProblemResult
from coderm.messages.samples import Sample
from coderm.storage.journal import Journal
from coderm.storage.row_codec import RowDecoder, encode_row


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path):
    with Journal(path) as opened:
        yield opened


def executed(name="p/0|tests|x"):
    outcomes = np.array([[1, 2, 9], [0, 4, 5]], np.int8)
    seconds = np.array([[0.125, 1.5, 0.0], [3.0, 2.5, 1e-6]], np.float32)
    return Executed(name, BlockResult(name, outcomes, seconds, outcomes % 2, {(0, 1): "why", (1, 2): "é"}, 2))


def test_sampled_texts_come_back_as_they_were(journal):
    answer = Sampled("p/0|policy|0|ab", (Sample("raw é", "code", "key", "", 7, "length", -0.5), Sample("", rejected="empty")), 11)
    journal.append(answer)
    assert journal.answer(answer.command_id) == answer


def test_verdicts_come_back_with_their_arrays(journal):
    answer = executed()
    journal.append(answer)
    found = journal.answer(answer.command_id)
    assert type(found) is Executed
    assert plain(found.result) == plain(answer.result)


def test_an_answer_of_some_kb_fits_into_a_page(path, journal):
    answers = [Sampled(f"p/{n}|policy|0|ab", samples("x" * 1000), 1) for n in range(200)]
    with journal.writing():
        for answer in answers:
            journal.append(answer)
    journal.close()
    assert path.stat().st_size < 1.5 * sum(len(encode_row(answer)) for answer in answers)


def test_a_journal_whose_answers_lie_in_the_order_of_their_names_goes_on(path):
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            "create table answers (command_id text primary key, kind text not null, payload blob not null) without rowid"
        )
    answer = executed()
    with Journal(path) as journal:
        journal.append(answer)
        journal.append(answer)
        assert plain(journal.answer(answer.command_id).result) == plain(answer.result)


def test_arrays_that_come_back_can_be_written_to(journal):
    journal.append(executed())
    journal.answer("p/0|tests|x").result.outcomes[0, 0] = 3


def test_results_come_back_whole_and_in_the_order_of_the_input(journal):
    results = [a_result(number, f"p/{number}") for number in range(4)]
    for result in reversed(results):
        journal.finish(result)
    assert [plain(found) for found in journal.results()] == [plain(result) for result in results]


def test_every_field_of_a_problem_survives(journal):
    messages = (ChatMessage("user", "hi"),)
    problem = Problem("p", "q", "f", "prompt", "ref", ("c",), ("e",), "s", 2.5, messages, "import math", 50_000, 9_000)
    journal.finish(a_result(problem=problem))
    (found,) = journal.results()
    assert found.problem == problem


def test_a_row_written_with_a_field_that_is_gone_is_read():
    """Rows of a problem once held its difficulty."""
    row = msgspec.msgpack.encode({"task_id": "p", "question": "q", "difficulty": "easy", "prelude": "import math"})
    assert RowDecoder(Problem).decode(row) == Problem("p", "q", prelude="import math")


def test_empty_matrices_keep_their_shape(journal):
    journal.finish(a_result(outcomes=np.zeros((2, 0), np.int8), checks=np.zeros((0, 3), np.int8)))
    (found,) = journal.results()
    assert (found.outcomes.shape, found.checks.shape) == ((2, 0), (0, 3))


def test_an_answer_recorded_twice_stays_the_first(journal):
    journal.append(Sampled("c", samples("first")))
    journal.append(Sampled("c", samples("second")))
    assert journal.answer("c").samples == samples("first")


def test_a_command_nobody_answered_has_no_answer(journal):
    assert journal.answer("c") is None
    assert not journal.has_answers()


def test_a_problem_with_anything_lost_is_not_finished_until_it_is_finished_again(journal):
    journal.finish(a_result(0, "p/0"))
    journal.finish(a_result(1, "p/1", lost=("p/1|tests|x: node gone",)))
    assert journal.finished_positions() == {0}
    journal.finish(a_result(1, "p/1"))
    assert journal.finished_positions() == {0, 1}


def test_what_was_appended_survives_a_process_that_never_closed(journal, path, tmp_path):
    journal.append(executed())
    journal.finish(a_result())
    journal.set_fact("environment", "box")
    copy = tmp_path / "copy"
    copy.mkdir()
    for part in path.parent.glob("journal.sqlite*"):  # what the disk holds at this moment, write-ahead log included
        shutil.copy(part, copy)
    with Journal(copy / path.name) as reopened:
        assert plain(reopened.answer("p/0|tests|x").result) == plain(executed().result)
        assert reopened.finished_positions() == {0}
        assert reopened.fact("environment") == "box"


def test_a_torn_last_write_is_dropped_and_the_rest_kept(journal, path, tmp_path):
    journal.append(Sampled("whole", samples("a")))
    size = path.with_name("journal.sqlite-wal").stat().st_size
    journal.append(Sampled("torn", samples("b" * 20_000)))
    copy = tmp_path / "copy"
    copy.mkdir()
    for part in path.parent.glob("journal.sqlite*"):
        shutil.copy(part, copy)
    with (copy / "journal.sqlite-wal").open("r+b") as log:
        log.truncate(size + 5000)
    (copy / "journal.sqlite-shm").unlink()
    with Journal(copy / path.name) as reopened:
        assert reopened.answer("whole").samples == samples("a")
        assert reopened.answer("torn") is None


def test_a_journal_of_another_layout_is_refused(path):
    with Journal(path) as journal:
        journal.set_fact("schema", "99")
    with pytest.raises(StorageError, match=r"layout 99.*another --out"):
        Journal(path).open()


@pytest.mark.parametrize("row", [b"", b"\x80", b"\xc1", b"\xc1\x80", b"\x93\x01\x02", b"no row"])
def test_a_row_of_another_version_is_one_clear_line(path, row):
    with Journal(path) as journal:
        journal.finish(a_result())
    with sqlite3.connect(path) as database:
        database.execute("update results set payload = ?", (row,))
        database.execute("insert into answers values ('c', 'Sampled', ?)", (row,))
    with Journal(path) as journal:
        for read in (lambda: list(journal.results()), lambda: journal.result("p/0"), lambda: journal.answer("c")):
            with pytest.raises(StorageError, match=r"journal\.sqlite: holds a row of another version .*another --out"):
                read()


def test_a_file_that_is_no_journal_is_refused_by_name(path):
    path.write_text("this is no database, and long enough to be sure of it" * 20)
    with pytest.raises(StorageError, match=r"journal\.sqlite: file is not a database"):
        Journal(path).open()


def test_a_journal_that_is_not_there_cannot_be_read(path):
    with pytest.raises(StorageError, match=r"journal\.sqlite"):
        Journal(path, readonly=True).open()
    assert not path.exists()


def test_a_closed_journal_says_so(path):
    journal = Journal(path).open()
    journal.close()
    journal.close()
    with pytest.raises(StorageError, match="closed"):
        journal.append(executed())


def test_a_full_disk_names_the_remedy(path):
    with Journal(path) as journal:
        journal._connection().execute("pragma max_page_count = 10")
        with pytest.raises(StorageError, match="free some disk space"):
            journal.append(Sampled("c", samples("b" * 1_000_000)))


def test_a_reader_sees_a_run_that_is_still_writing(journal, path):
    journal.finish(a_result())
    with Journal(path, readonly=True) as reader:
        assert reader.finished_positions() == {0}
        with pytest.raises(StorageError):
            reader.set_fact("a", "b")


def test_reading_results_holds_no_lock_between_rows(journal, path):
    for number in range(3):
        journal.finish(a_result(number, f"p/{number}"))
    rows = journal.results()
    next(rows)
    with sqlite3.connect(path, timeout=0.1) as other:
        other.execute("update facts set value = value")
    other.close()
    assert len(list(rows)) == 2


def as_an_older_version_wrote(value, **names):
    """The row of a value whose fields `names` had these older names."""
    row = msgspec.msgpack.decode(encode_row(value))
    return msgspec.msgpack.encode({names.get(name, name): item for name, item in row.items()})


def test_rows_of_older_versions_stay_readable(journal, path):
    read = StatesRead("p/0|states|ab", States("p/0|states|ab", np.ones(2, np.float32)))
    result = a_result()
    with closing(sqlite3.connect(path)) as database, database:
        row = as_an_older_version_wrote(result, unit_test_of="test_of")
        database.execute("insert into answers values (?, ?, ?)", ("p/0|states|ab", "Looked", encode_row(read)))
        database.execute("insert into results values (?, ?, ?, ?)", (0, "p/0", 0, row))
    answer = journal.answer("p/0|states|ab")
    assert type(answer) is StatesRead
    assert plain(answer.states) == plain(read.states)
    (found,) = journal.results()
    assert plain(found) == plain(result)


def test_every_kind_of_answer_is_stored_under_the_name_that_older_versions_know(journal, path):
    states = States("s", np.ones(1, np.float32))
    for answer in (Sampled("a", ()), executed("b"), StatesRead("c", states)):
        journal.append(answer)
    with closing(sqlite3.connect(path)) as database:
        kinds = [kind for (kind,) in database.execute("select kind from answers order by command_id")]
    assert kinds == ["Sampled", "Executed", "Looked"]


def test_a_row_that_lacks_a_field_is_not_read_as_one_of_an_older_version():
    row = as_an_older_version_wrote(a_result(), unit_test_of="something")
    with pytest.raises(msgspec.ValidationError, match="unit_test_of"):
        RowDecoder(ProblemResult, {"test_of": "unit_test_of"}).decode(row)


def test_whoever_opens_the_journal_last_is_the_one_that_may_write(journal, path):
    """A scheduler that was cut off may live beside the one that replaced it."""
    journal.append(executed())
    with Journal(path) as successor:
        former = (
            lambda: journal.append(Sampled("late", ())),
            lambda: journal.finish(a_result(0, "p/0")),
            lambda: journal.set_fact("environment", "old box"),
            lambda: journal.judge_in("old box"),
        )
        for write in former:
            with pytest.raises(StorageError, match=r"another process has taken this file over \(this one was writer 1\)"):
                write()
        successor.append(Sampled("late", samples("new")))
        assert successor.answer("late").samples == samples("new")
        assert successor.fact("environment") is None
        assert successor.finished_positions() == frozenset()
    assert journal.answer("late").samples == samples("new"), "reading harms nobody"


def test_a_replaced_row_is_refused_to_a_former_writer_as_well(journal, path):
    journal.finish(a_result(0, "p/0", lost=("one",)))
    with Journal(path):
        with pytest.raises(StorageError, match="taken this file over"):
            journal.finish(a_result(0, "p/0"))
        assert journal.finished_positions() == frozenset()


def test_a_reader_takes_nothing_over(journal, path):
    with Journal(path, readonly=True):
        journal.append(executed())
    assert journal.fact("epoch") == "1"


def test_a_damaged_page_is_told_before_anything_is_judged(path):
    with Journal(path) as journal:
        for number in range(200):
            journal.append(Sampled(f"c{number}", samples("a" * 500)))
        journal.check()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = bytes(range(256)) * 16
    path.write_bytes(content)
    with Journal(path) as journal, pytest.raises(StorageError, match=r"journal\.sqlite: is damaged .*from a copy, or give another"):
        journal.check()


def test_a_full_disk_says_how_much_the_rest_needs(path):
    with Journal(path) as journal:
        journal.set_fact("problems", "40")
        journal.finish(a_result(0, "p/0"))
        journal._connection().execute("pragma max_page_count = 20")
        told = r"MB are free, the other 39 of 40 problems need about \d+\.\d MB; free some disk space and run the same"
        with pytest.raises(StorageError, match=told):
            journal.append(Sampled("c", samples("b" * 1_000_000)))


def test_a_journal_that_has_gone_from_its_place_is_told_at_the_next_problem(journal, path, tmp_path):
    journal.finish(a_result(0, "p/0"))
    path.rename(tmp_path / "elsewhere")
    for put in (lambda: None, lambda: path.write_bytes(b"")):
        put()
        with pytest.raises(StorageError, match=r"journal\.sqlite: was removed or replaced during the run; bring it back"):
            journal.finish(a_result(1, "p/1"))
