"""Sessions and second processes in forks of this process, in a box that confines nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coderm.sandbox.runner import constants

HERE = Path(__file__).parents[4]
SETUP = """
import os, sys, time
from dataclasses import asdict
from coderm.messages.execution import Limits
from coderm.sandbox.runner.confinement.forks import LINK_FD, REPORT_FD
from coderm.sandbox.runner.confinement.watch import SecondProcess, End, Watcher
from coderm.sandbox.runner.confinement.limits import PairLimits, address_space
from coderm.sandbox.runner.confinement.box import PlainBox
from coderm.sandbox.runner.confinement.process_tree import become_subreaper
from coderm.sandbox.runner.confinement.reports import Report
become_subreaper()
PASS = Report(1, 1, 1, 1)
def watcher(**limits):
    return Watcher(PlainBox(sys.argv[1]), PairLimits.from_wire(asdict(Limits(**limits))), address_space())
def spin(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
def show(session):
    broken = session.broken
    print(len(session.results), broken.end.name if broken else "WHOLE", broken.genuine if broken else True)
"""


def ran(tmp_path, body):
    """Run the body in an interpreter of its own, since a watcher reaps every child of its process."""
    command = [sys.executable, "-c", SETUP + body, str(tmp_path)]
    environment = {"PYTHONPATH": str(HERE), "PATH": os.environ["PATH"]}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_session_has_a_result_of_every_test_it_reports(tmp_path):
    body = "def work(r):\n    for _ in range(200):\n        r.send(PASS)\nshow(watcher().session(work, 0, 200))"
    assert ran(tmp_path, body) == "200 WHOLE True"


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("os._exit(3)", "2 EXITED True"),
        ("os.kill(os.getpid(), 11)", "2 EXITED True"),
        ("spin(60)", "2 CPU True"),
        ("time.sleep(60)", "2 STUCK True"),
        ("os.write(REPORT_FD, b'noise' * 20)", "2 EXITED False"),
        ("r._number = 7", "2 EXITED False"),
        ("r._clock = lambda: 10 ** 15; r.send(PASS); spin(60)", "2 EXITED False"),
    ],
)
@pytest.mark.slow
def test_a_session_ends_at_the_test_that_misbehaves(tmp_path, deed, told):
    body = f"def work(r):\n    r.send(PASS); r.send(PASS)\n    {deed}\n    r.send(PASS)\n"
    assert ran(tmp_path, body + "show(watcher(cpu_s=0.5, wall_s=5.0).session(work, 0, 4))") == told


@pytest.mark.slow
def test_a_test_that_wakes_again_and_again_has_its_whole_wall_limit(tmp_path):
    body = "def work(r):\n    r.send(PASS); r.send(PASS)\n    [time.sleep(0.01) for _ in range(6000)]\n    r.send(PASS)\n"
    body += (
        "start = time.monotonic()\nshow(watcher(cpu_s=0.5, wall_s=2.0).session(work, 0, 4))\nprint(time.monotonic() - start > 1.9)"
    )
    told, lasted = ran(tmp_path, body).splitlines()
    assert told in ("2 WALL True", "2 STUCK True")  # in its last 10 ms nothing can wake it before the limit
    assert lasted == "True"


@pytest.mark.slow
def test_limits_of_time_are_per_test_and_not_per_session(tmp_path):
    body = "def work(r):\n    for _ in range(6):\n        spin(0.2); r.send(PASS)\n"
    assert ran(tmp_path, body + "show(watcher(cpu_s=1.0).session(work, 0, 6))") == "6 WHOLE True"
    body = "def work(r):\n    for _ in range(6):\n        time.sleep(0.4); r.send(PASS)\n"
    assert ran(tmp_path, body + "show(watcher(wall_s=2.0).session(work, 0, 6))") == "6 WHOLE True"


def test_a_test_is_settled_only_when_all_output_up_to_it_is_within_the_limit(tmp_path):
    body = "def work(r):\n    for k in range(8):\n        os.write(1, b'x' * 400); r.send(PASS)\n"
    result = ran(tmp_path, body + "show(watcher(output_kb=1).session(work, 0, 8))")
    assert int(result.split()[0]) <= 2
    assert result.split()[1] == "OUTPUT"


def test_output_without_a_limit_goes_nowhere(tmp_path):
    body = "def work(r):\n    for k in range(8):\n        os.write(1, b'x' * 10 ** 7); os.write(2, b'x'); r.send(PASS)\n"
    assert ran(tmp_path, body + "show(watcher().session(work, 0, 8))") == "8 WHOLE True"


def test_one_test_alone_ends_as_a_session_of_one(tmp_path):
    body = "e = watcher().run(lambda r: r.send(PASS), 0)\nprint(e.end.name, e.genuine, e.report.outcome, e.cpu_s > 0)"
    assert ran(tmp_path, body) == f"EXITED True {constants.PASSED} True"


SECOND_PROCESSES = """
def work(r):
    for k in range(3):
        os.write(LINK_FD, b"?")
        r.send(PASS if os.read(LINK_FD, 1) == b"!" else Report(3))
def answer():
    while os.read(LINK_FD, 1):
        os.write(LINK_FD, b"!")
"""


def test_a_second_process_talks_to_the_child_that_reports_and_cannot_report(tmp_path):
    tell = "s = watcher().session(work, 0, 3, second=SecondProcess(answer, 1))\n"
    tell += "print([e.report.outcome for e in s.results], s.broken)"
    assert ran(tmp_path, SECOND_PROCESSES + tell) == "[1, 1, 1] None"
    forge = "def forge():\n    assert not os.path.exists('/proc/self/fd/3')\n    answer()\n"
    assert ran(tmp_path, SECOND_PROCESSES + forge + tell.replace("answer, 1", "forge, 1")) == "[1, 1, 1] None"


def test_a_second_process_that_dies_is_seen_as_a_closed_link_and_its_status_told(tmp_path):
    body = "def die():\n    os._exit(7)\ndef work(r):\n    r.send(Report(3) if os.read(LINK_FD, 1) == b'' else PASS)\n"
    tell = "e = watcher().run(work, 0, second=SecondProcess(die, 1))\n"
    tell += "print(e.report.outcome, os.waitstatus_to_exitcode(e.second_status))"
    assert ran(tmp_path, body + tell) == "3 7"


def test_cpu_time_of_a_companion_counts(tmp_path):
    body = "def work(r):\n    os.read(LINK_FD, 1)\n"
    tell = "print(watcher(cpu_s=0.3).run(work, 0, second=SecondProcess(lambda: spin(60), 1)).end.name)"
    assert ran(tmp_path, body + tell) == "CPU"


def test_a_second_process_that_outlives_its_session_is_removed_with_its_children(tmp_path):
    body = "def stay():\n    os.fork()\n    os.setsid if os.getpid() else 0\n    time.sleep(600)\n"
    tell = "print(watcher().run(lambda r: r.send(PASS), 0, second=SecondProcess(stay, 1)).end.name)\n"
    gone = "try:\n    os.waitpid(-1, os.WNOHANG)\nexcept ChildProcessError:\n    print('none left')"
    assert ran(tmp_path, body + tell + gone) == "EXITED\nnone left"


def test_what_a_companion_prints_counts(tmp_path):
    body = "def flood():\n    while True:\n        os.write(1, b'x' * 4096)\ndef work(r):\n    os.read(LINK_FD, 1)\n"
    assert ran(tmp_path, body + "print(watcher(output_kb=64).run(work, 0, second=SecondProcess(flood, 1)).end.name)") == "OUTPUT"


def test_what_killing_costs_is_not_the_pairs_cpu_time(tmp_path):
    body = "from coderm.sandbox.runner.confinement.box import UidBox\n"
    body += "from coderm.sandbox.runner.confinement.process_tree import reap_ended\n"
    harmless = "os.setresuid = lambda *ids: spin(0.2)\nos.kill = lambda *target: None\n"
    assert ran(tmp_path, body + harmless + "UidBox(sys.argv[1], 1).kill_rest(0)\nprint(reap_ended())") == "(True, 0.0)"
