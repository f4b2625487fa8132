"""What a watcher is told of a run: one that is to come, goes on, is silent, was broken off, or is finished."""

import io
import json
import os
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from builders import a_config, a_result
from rich.console import Console

from coderm.errors import ClusterError, ConfigError, DataError, StorageError
from coderm.janitor import start_time
from coderm.messages.progress import Counters, Progress
from coderm.report.live.look import Bar, Look
from coderm.report.live.progress_file import WRITE_EVERY_S, ProgressFile, noted, read_progress
from coderm.report.live.run_watch import LATEST, SILENT_S, RunWatch
from coderm.report.live.server import served
from coderm.report.live.terminal import watch
from coderm.report.summary import write_outputs
from coderm.service.live import ServiceWatch
from coderm.service.status import parse_scrape
from coderm.storage.holding import LOCK
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

PROGRESS = Progress(
    Counters(problems=3, problems_done=2, in_work=1, pairs_done=9, pairs_planned=18),
    "running",
    {"execution": 3.0, "generation": 1.0},
)
NOW = 1_000.0


@pytest.fixture
def run(tmp_path):
    """The directory of a run of two finished problems, in the state in which its process would leave it if it were killed."""
    files = RunDirectory(tmp_path / "run")
    files.root.mkdir()
    files.config.write_text(json.dumps(a_config(selection={"rule": "max_pass"}).model_dump(mode="json") | {"identity": {}}))
    with Journal(files.journal) as journal:
        for number in range(2):
            journal.finish(a_result(number, f"p/{number}"))
    line = '2026-11-28T07:19:05.110+00:00 {} run=63 node=vm process=scheduler "problem finished" problem=p/{}\n'
    (files.root / "run.log").write_text("".join(line.format("INFO", n) for n in range(20)) + "a torn li")
    ProgressFile(files.progress, lambda: NOW)(PROGRESS)
    return files


def held_by(files, process, host=None):
    (files.root / LOCK).write_text(f"{host or socket.gethostname()} {process} {start_time(process) or 1}\n")


def look(files, later=1.0):
    return RunWatch(files.root, lambda: NOW + later).look()


def dead():
    """A process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_run_that_goes_on_shows_stages_speeds_figures_so_far_and_its_log(run):
    held_by(run, os.getpid())
    found = look(run)
    assert (found.state, found.said) == ("running", f"running, process {os.getpid()} on {socket.gethostname()}")
    assert [(bar.name, bar.done, bar.total, bar.note) for bar in found.bars if bar.total] == [
        ("pairs run", 9, 18, "3.0/s"),
        ("problems", 2, 3, "running 0 s"),
    ]
    facts = dict(found.facts)
    assert facts["of finished problems"] == "2 with hidden checks; the figures still move"
    assert {"pass@1", "best-of-N, max_pass", "pass@N"} <= facts.keys()
    assert found.latest == tuple(f"07:19:05 scheduler: problem finished problem=p/{n}" for n in range(20 - LATEST, 20))
    assert ("pairs run/s", 3.0) in found.speed
    assert not found.over


def test_a_warning_and_a_line_of_another_form_are_shown_as_such(run):
    held_by(run, os.getpid())
    with (run.root / "run.log").open("w") as log:
        log.write('2026-11-28T07:19:05.110+00:00 WARNING run=63 node=vm process=driver "command lost" command=1\nanother form\n')
    assert look(run).latest == ("07:19:05 WARNING driver: command lost command=1", "another form")


def test_later_looks_take_in_what_was_finished_since(run):
    held_by(run, os.getpid())
    watcher = RunWatch(run.root, lambda: NOW)
    watcher.look()
    with Journal(run.journal) as journal:
        journal.finish(a_result(2, "p/2"))
    assert dict(watcher.look().facts)["of finished problems"].startswith("3 ")


@pytest.mark.parametrize("there", [False, True])
def test_a_run_that_is_to_come_is_waited_for(tmp_path, there):
    if there:
        (tmp_path / "run").mkdir()
    assert RunWatch(tmp_path / "run").look().state == "waiting"


def test_another_directory_is_named(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DataError, match="no run directory"):
        RunWatch(tmp_path).look()
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(DataError, match="not readable"):
        RunWatch(tmp_path).look()


def test_a_process_without_a_sign_of_life_is_named(run):
    held_by(run, 7, host="elsewhere")
    assert look(run, SILENT_S - 1).state == "running"
    found = look(run, SILENT_S + 1)
    assert found.state == "silent"
    assert found.said.startswith(f"process 7 on elsewhere has given no sign for {SILENT_S + 1:.0f} s")


@pytest.mark.parametrize("killed", [True, False])
def test_a_run_that_was_broken_off_says_what_resumes_it(run, killed):
    if killed:
        held_by(run, dead())
    found = look(run)
    assert (found.state, found.over) == ("stopped", True)
    assert "the command that began it resumes" in found.said
    assert "was killed" in found.said if killed else "no process works on it" in found.said


def test_a_finished_run_shows_its_figures(run):
    write_outputs(run, a_config(selection={"rule": "max_pass"}), 2)
    run.progress.unlink()
    found = look(run)
    assert (found.state, found.bars) == ("finished", ())
    assert dict(found.facts)["problems"] == "2, 0 commands lost"
    run.summary.write_text("{")
    assert "not readable" in dict(look(run).facts)["figures"]


def test_a_journal_that_cannot_be_read_is_told_and_the_rest_is_shown(run):
    held_by(run, os.getpid())
    for path in run.root.glob("journal.sqlite*"):
        path.write_bytes(b"no database at all, since something tore it")
    found = look(run)
    assert "cannot be read now" in dict(found.facts)["journal"]
    assert found.bars
    run.journal.unlink()
    assert "journal" not in dict(look(run).facts)


def test_files_of_a_run_that_has_just_begun_are_missing(run):
    held_by(run, os.getpid())
    for path in (run.journal, run.progress, run.root / "run.log"):
        path.unlink()
    found = look(run)
    assert (found.state, found.bars, found.facts, found.latest) == ("running", (), (), ())
    run.progress.write_text('{"time": 1')
    assert look(run).state == "running"


def test_progress_is_noted_now_and_then_and_its_end_always(tmp_path):
    now = [NOW]
    file = ProgressFile(tmp_path / "progress.json", lambda: now[0])
    for stage, later, done in (("a", 0.0, False), ("b", WRITE_EVERY_S / 2, False), ("c", WRITE_EVERY_S, False), ("d", 1.1, True)):
        now[0] = NOW + later
        file(Progress(Counters(), stage, done=done))
        found = read_progress(tmp_path / "progress.json")
        assert found is not None
        assert (found.progress.stage, found.began) == ("a" if stage == "b" else stage, NOW)


def broken_off(path):
    with noted(path) as note:
        note(PROGRESS)
        raise StorageError("full")


def test_only_a_run_that_comes_to_its_end_takes_its_progress_away(tmp_path):
    path = tmp_path / "progress.json"
    with pytest.raises(StorageError):
        broken_off(path)
    assert path.exists()
    with noted(path) as note:
        note(PROGRESS)
    assert not path.exists()
    with noted(tmp_path / "gone" / "progress.json") as note:
        note(PROGRESS)  # a directory that takes nothing ends no run


def looks(*states):
    found = [Look("a run", state, f"said {place}", (Bar("pairs", place, 4),)) for place, state in enumerate(states)]
    return iter(found).__next__


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_shows_looks_until_one_is_over(terminal):
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=80)
    pauses: list[float] = []
    last = watch(looks("waiting", "running", "running", "finished"), console, 5.0, pauses.append)
    assert (last.state, pauses) == ("finished", [5.0] * 3)
    shown = out.getvalue()
    assert "said 3" in shown
    assert ("said 1: pairs 1/4" in shown) is not terminal


def test_a_log_gets_a_line_only_when_something_changed():
    out = io.StringIO()
    console = Console(file=out, width=80)
    same = Look("a run", "running", "still", (Bar("pairs", 1, 0),))
    found = iter([same, same, same, Look("a run", "stopped", "ended")]).__next__
    watch(found, console, 5.0, lambda seconds: None)
    assert out.getvalue().count("still: pairs 1\n") == 1


def get(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


def test_the_page_is_at_an_address_of_its_own_and_nothing_else_is():
    asked = []

    def one():
        asked.append(1)
        return Look("a <run>", "running", "said")

    with served(one, 0, 5.0, lambda: 0.0) as address:
        assert "coderm watch" in get(address)
        assert json.loads(get(address + "look.json"))["title"] == "a <run>"
        get(address + "look.json")
        assert len(asked) == 1  # two tabs share a look
        root = address.rsplit("/", 2)[0]
        for path in ("/", "/look.json", "/x/"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                get(root + path)
        port = int(root.rpartition(":")[2])
        with pytest.raises(ConfigError, match=f"--port {port}"), served(one, port, 5.0):
            pass
    assert "watch page" not in {thread.name for thread in threading.enumerate()}


def test_what_hinders_a_look_is_told_in_the_page():
    def broken():
        raise DataError("gone; give another")

    with served(broken, 0, 1.0) as address:
        assert json.loads(get(address + "look.json")) == {"error": "gone; give another"}


METRICS = "# TYPE coderm_ready gauge\ncoderm_ready 1\n# TYPE coderm_pairs_per_second gauge\ncoderm_pairs_per_second 12\n"


def test_a_service_that_falls_silent_is_asked_again():
    answers: Iterator = iter([METRICS, ClusterError("no answer"), METRICS])
    now = [0.0]

    def scrape(url):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return parse_scrape(answer)

    watcher = ServiceWatch("http://127.0.0.1:1", scrape, lambda: now[0])
    found = watcher.look()
    assert (found.state, found.said, dict(found.speed)["pairs/s"]) == ("running", "ready", 12.0)
    now[0] = 9.0
    assert watcher.look().said == "no answer for 9 s: no answer"
    assert watcher.look().said == "ready"
    answers = iter([ClusterError("no answer")])
    with pytest.raises(ClusterError, match="no answer"):
        ServiceWatch("http://127.0.0.1:1", scrape).look()
