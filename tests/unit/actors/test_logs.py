"""What a run logs, and that no text of a model, a program or a test is in it."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from builders import World, a_config
from crew import Company

from actors.executor import ExecutorActor
from actors.scheduler import SchedulerActor, WorkerFactory
from actors.worker import WorkerDied
from coderm.config.loader import load_config
from coderm.config.schema import SandboxConfig
from coderm.errors import SandboxLost
from coderm.logs import LOG, LogSetup, get_log, logging_to, set_up
from coderm.messages.execution import Block
from coderm.scheduling.job import Job
from coderm.scheduling.spending import make_budget_schedule

CANARY = "kanarienvogel"
EQUAL = make_budget_schedule(a_config(budget={"per_problem": 3}), 2)
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00 (DEBUG|INFO|WARNING|ERROR) run=\S+ node=\S+ process=\w+ \".*\"( [\w]+=(\S+|\".*\"))*"
)


@pytest.fixture
def job(tmp_path):
    rows = [
        {"task_id": f"p/{n}", "question": CANARY, "entry_point": "f", "checks": [f"assert f() == {CANARY!r}"]} for n in range(2)
    ]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    problems = {"source": "jsonl", "path": str(tmp_path / "p.jsonl")}
    return Job(
        "4f1d", tmp_path, a_config(problems=problems, policy={"samples": 2}, cluster={"log_level": "debug", "max_retries": 1})
    )


def troubled(errors):
    """The first call of each kind fails with the error given for it, whose message quotes a program."""
    left = dict(errors)
    return lambda name, attempt: left.pop(name.split("|")[1], None)


def carry_out(job, trouble=lambda name, attempt: None):
    texts = tuple(f"{text} {CANARY}" for text in ("program a", "program b", "bad program"))
    company = Company(world=World(programs=texts, tests=tuple(f"test {n} {CANARY}" for n in range(40))), trouble=trouble)
    actor = SchedulerActor(job, WorkerFactory(company.spawn_generator, company.spawn_executor, 2), EQUAL)
    return asyncio.run(asyncio.wait_for(actor.run(), 60))


def lines(job):
    return (job.directory / LOG).read_text().splitlines()


def facts(job):
    return re.findall(r'process=\w+ "(.*?)"', "\n".join(lines(job)))


def test_a_run_logs_its_life_with_the_ids_of_run_problem_and_node(job):
    carry_out(job)
    assert all(LINE.fullmatch(line) for line in lines(job))
    assert all("run=4f1d node=" in line and "process=scheduler" in line for line in lines(job))
    told = facts(job)
    assert (set(told[:2]), told[2]) == ({"node proved", "engines started"}, "pass started")
    assert told[-1] == "pass finished"
    finished = [line for line in lines(job) if '"problem finished"' in line]
    assert sorted(re.findall(r"problem=(\S+) tests=3 lost=0", "\n".join(finished))) == [
        "p/0",
        "p/1",
    ]
    assert sum("sandboxes_of=n1" in line for line in lines(job)) == 1


def test_trouble_is_logged_by_its_kind_and_no_text_is_in_any_line(job):
    carry_out(job, troubled({"policy": WorkerDied(CANARY), "checks": SandboxLost(CANARY), "tests": WorkerDied(CANARY)}))
    text = "\n".join(lines(job))
    assert CANARY not in text
    assert {"command lost", "worker lost", "worker replaced"} <= set(facts(job))
    assert "error=SandboxLost" in text
    assert "error=WorkerDied" in text


def test_an_error_that_ends_a_run_is_logged_without_its_text(job):
    with pytest.raises(ValueError, match=CANARY):
        carry_out(job, troubled({"checks": ValueError(CANARY)}))
    (failed,) = [line for line in lines(job) if '"command failed"' in line]
    assert "error=ValueError" in failed
    assert CANARY not in "\n".join(lines(job))


@pytest.mark.slow
def test_an_executor_logs_to_standard_error_and_never_what_it_runs(capsys):
    program = f"print({CANARY!r})\ndef f():\n    raise ValueError({CANARY!r})\n"
    test = f"import unittest\nclass ACase(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f(), {CANARY!r})\n"
    with logging_to(LogSetup("r", "executor", "debug")):
        actor = ExecutorActor(SandboxConfig(type="local"), "r", LogSetup("r", "executor", "debug"))
        actor.setup()
        result = actor.execute(Block("b", (program,), (test,), details=True))
        actor.close()
    assert CANARY in str(result.details)
    told = capsys.readouterr().err
    assert '"sandbox started" environment=local:' in told
    assert CANARY not in told


def test_no_log_call_is_given_a_text():
    """The facts that are logged are named here: ids, counts and names. A new one is to be thought about."""
    root = Path(__file__).resolve().parents[3]
    sources = [path for folder in ("coderm", "actors", "cluster") for path in (root / folder).rglob("*.py")]
    calls = [call for path in sources for call in re.findall(r"\b_log\.\w+\((.*)\)$", path.read_text(), re.MULTILINE)]
    assert len(calls) > 15
    assert all(re.match(r'"[a-z ]+"|"run resumed" if ', call) for call in calls)
    named = {name for call in calls for name in re.findall(r"(\w+)=", call)}
    counts = "alive tests lost replacements_left containers failed executors finished replayed retries cpus gpus problems"
    counts += " seconds calls spent"
    names = (
        "problem command call block error pool engine backend environment reason request stage sandboxes_of actor first caller at"
    )
    assert named - set(counts.split()) == set(names.split())


def test_a_line_stays_one_line_and_a_fact_short(tmp_path):
    with logging_to(LogSetup("r", "driver", directory=tmp_path)):
        get_log("coderm.x").info("it\nis", a='x\n"y"', b="z" * 1000, c=1.23456789, d=None, e="\ud800", f="")
    (line,) = (tmp_path / LOG).read_text().splitlines()
    assert LINE.fullmatch(line)
    assert line.endswith(f'"it\\nis" a="x\\n\\"y\\"" b={"z" * 200}... c=1.23457 d=None e="\\ud800" f=""')


@pytest.mark.parametrize(("level", "kept"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_is_a_setting_or_a_variable(tmp_path, level, kept):
    assert load_config(None, [f"cluster.log_level={level}"], {}).cluster.log_level == level
    assert load_config(None, [], {"CODERM_LOG": level.upper()}).cluster.log_level == level
    with logging_to(LogSetup("r", "driver", level, tmp_path)):
        log = get_log("cluster.run")
        for tell in (log.debug, log.info, log.warning, log.error):
            tell("it")
    assert len((tmp_path / LOG).read_text().splitlines()) == kept


def test_a_process_logs_to_one_place_and_afterwards_where_it_did_before(tmp_path):
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    set_up(LogSetup("a", "driver", directory=first))
    with logging_to(LogSetup("b", "driver", directory=second)):
        get_log("actors.pool").info("it")
    get_log("actors.pool").info("that")
    assert [line.split()[-1] for line in (first / LOG).read_text().splitlines()] == ['"that"']
    assert [line.split()[-1] for line in (second / LOG).read_text().splitlines()] == ['"it"']


def test_a_log_that_cannot_be_written_ends_nothing(tmp_path):
    with logging_to(LogSetup("r", "driver", directory=tmp_path / "none")):
        get_log("coderm.x").info("it")


def test_several_processes_append_whole_lines_to_one_file(tmp_path):
    script = (
        "import sys; from pathlib import Path; from coderm.logs import *\n"
        "with logging_to(LogSetup(sys.argv[2], 'driver', directory=Path(sys.argv[1]))):\n"
        "    for n in range(200): get_log('coderm.x').info('it', n=n)\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path), str(name)]) for name in range(2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    told = (tmp_path / LOG).read_text().splitlines()
    assert len(told) == 400
    assert all(LINE.fullmatch(line) for line in told)
