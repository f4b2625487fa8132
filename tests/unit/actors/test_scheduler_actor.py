"""The scheduler actor as a plain class: it hires, proves, runs, stops and always closes, whatever the workers do."""

import asyncio
import contextlib
import itertools
import json
import shutil
import sqlite3
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from builders import World, a_config, plain
from crew import Company

from actors.scheduler import SchedulerActor, WorkerFactory
from coderm.budget.gain_models.base import ProblemFeatures
from coderm.budget.gain_models.paper import Paper
from coderm.config.schema import BudgetConfig
from coderm.errors import EngineError, Interrupted, SandboxLost, StorageError
from coderm.messages.hidden_states import StateSpec
from coderm.probe.model.probe import Probe
from coderm.scheduling.job import Job
from coderm.scheduling.roles import UserFiles
from coderm.scheduling.spending import BudgetSchedule, make_budget_schedule
from coderm.selection.robust import Robust
from coderm.storage.journal import Journal


@pytest.fixture
def job(tmp_path):
    rows = [{"task_id": f"p/{n}", "question": "q", "entry_point": "f", "checks": ["assert f()"]} for n in range(2)]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = a_config(problems={"source": "jsonl", "path": str(tmp_path / "p.jsonl")}, policy={"samples": 4})
    return Job("run", tmp_path, config)


EQUAL = make_budget_schedule(a_config(budget={"per_problem": 3}), 2)


def an_actor(job, company, schedule=EQUAL):
    return SchedulerActor(job, WorkerFactory(company.spawn_generator, company.spawn_executor, 2), schedule)


def run(job, company, schedule=EQUAL):
    return asyncio.run(asyncio.wait_for(an_actor(job, company, schedule).run(), 30))


def results(job):
    with Journal(job.directory / "journal.sqlite") as journal:
        return [plain(result) for result in journal.results()]


def test_a_job_is_carried_to_its_end_and_every_worker_closed(job):
    company = Company()
    progress = run(job, company)
    assert (progress.done, progress.counters.problems_done) == (True, 2)
    assert [worker.closed for worker in company.spawned] == [1, 1, 1]
    with Journal(job.directory / "journal.sqlite") as journal:
        assert journal.fact("environment") == "box"
        assert json.loads(journal.fact("engines") or "") == {"main": [{"backend": "scripted"}]}


TWO_ENGINES = {
    "main": {"type": "scripted", "path": "policy.jsonl"},
    "writer": {"type": "scripted", "path": "writer.jsonl"},
}


@pytest.mark.parametrize(
    ("per_problem", "candidates", "tests", "started"),
    [
        (3, False, False, ["policy.jsonl", "writer.jsonl"]),
        (0, False, False, ["policy.jsonl"]),
        (3, True, False, ["writer.jsonl"]),
        (3, False, True, ["policy.jsonl"]),
        (0, True, False, []),
    ],
)
def test_only_the_engines_of_roles_that_write_anything_are_started(job, per_problem, candidates, tests, started):
    config = job.config.model_copy(
        update={
            "engines": a_config(engines=TWO_ENGINES).engines,
            "coderm": job.config.coderm.model_copy(update={"engine": "writer"}),
            "budget": BudgetConfig(per_problem=per_problem),
        }
    )
    files = {"candidates": ("solutions", candidates), "tests": ("unit_tests", tests)}
    for name, (key, _) in files.items():
        rows = [{"task_id": f"p/{n}", key: ["def f():\n    return 1\n"]} for n in range(2)]
        (job.directory / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    given = UserFiles(**{name: job.directory / name for name, (_, wanted) in files.items() if wanted})
    company = Company()
    schedule = make_budget_schedule(config, 2, given)
    assert run(replace(job, config=config, files=given), company, schedule).counters.problems_done == 2
    assert company.engines == started


@pytest.mark.parametrize(("nodes", "proved"), [(("n1", "n2"), ["n1", "n2"]), (("n1", "n1"), ["n1"])])
def test_the_sandbox_is_proved_once_per_node(job, nodes, proved):
    company = Company(nodes=nodes)
    run(job, company)
    assert sorted(company.proved) == proved


def test_nodes_that_judge_differently_are_refused_and_their_workers_closed(job):
    company = Company(environments=("box one", "box two"))
    with pytest.raises(EngineError, match=r"different sandbox images \(box one on n1; box two on n1\); run `make image` on all"):
        run(job, company)
    assert all(worker.closed for worker in company.spawned)


def test_a_finished_job_hires_nobody_when_run_again(job):
    run(job, Company())
    again = Company()
    assert run(job, again).done
    assert again.spawned == []


def test_a_sandbox_built_anew_runs_every_pair_again_but_writes_no_text_again(job):
    crew = Company(trouble=lambda name, attempt: EngineError("stop") if name.startswith("p/1|tests") else None)
    with pytest.raises(EngineError):
        run(job, crew)
    again = Company(world=World(verdict=lambda *_: 2), environments=("new box", "new box"))
    run(job, again)
    assert not [name for name in again.attempts if "|policy|" in name]
    assert {value for result in results(job) for row in result["outcomes"][1] for value in row} == {2}


TABLES = ("answers", "results", "observations", "allotments", "facts")
FUSE = "".join(
    f"create trigger fuse_{table}_{event} before {event} on {table} begin "
    "update fuse set rows = rows - 1; select raise(abort, 'no more') from fuse where rows < 0; end;"
    for table in TABLES
    for event in ("insert", "update", "delete")
)


def write_only(journal_file, rows):
    """Let the journal take so many rows and then nothing more, as if its process had been killed there."""
    with contextlib.closing(sqlite3.connect(journal_file)) as database:
        database.executescript(f"create table fuse (rows integer); insert into fuse values ({rows});" + FUSE)


def write_on(journal_file):
    with contextlib.closing(sqlite3.connect(journal_file)) as database:
        drops = [f"drop trigger fuse_{table}_{event};" for table in TABLES for event in ("insert", "update", "delete")]
        database.executescript("".join(drops) + "drop table fuse;")


def is_cut(act):
    try:
        act()
    except StorageError:
        return True
    return False


def a_company(box):
    """Boxes of two environments judge everything differently."""
    return Company(world=World(verdict=lambda *_: 1 if box == "old" else 2), environments=(box, box))


@pytest.mark.slow
@pytest.mark.parametrize("last", ["new", "old"])
@pytest.mark.parametrize("rounds", [1, 2])
def test_a_run_interrupted_at_any_write_after_its_image_was_rebuilt_ends_with_verdicts_of_one_image(job, tmp_path, rounds, last):
    schedule = make_budget_schedule(a_config(budget={"per_problem": 3, "rounds": rounds}), 2)
    journal_file = job.directory / "journal.sqlite"
    expected = {}
    for box in ("old", "new"):
        run(job, a_company(box), schedule)
        expected[box] = results(job)
        journal_file.unlink()
    started = a_company("old")
    started.trouble = lambda name, attempt: EngineError("stop") if name.startswith("p/1|tests") else None
    with pytest.raises(EngineError):
        run(job, started, schedule)
    shutil.copy(journal_file, tmp_path / "kept")
    for rows in itertools.count():
        for path in tmp_path.glob("journal.sqlite*"):
            path.unlink()
        shutil.copy(tmp_path / "kept", journal_file)
        write_only(journal_file, rows)
        cut = is_cut(lambda: run(job, a_company("new"), schedule))
        write_on(journal_file)
        if not cut:
            break  # a finished run is not judged again, whatever the image
        run(job, a_company(last), schedule)
        with Journal(journal_file, readonly=True) as journal:
            box = str(journal.fact("environment"))
        assert results(job) == expected[box], f"interrupted after {rows} rows"
        assert box == last or rows > 9, "only a run that was through with its verdicts is not judged again"
    assert rows > 9


@pytest.mark.parametrize("turns", range(6))
def test_a_job_stopped_at_any_moment_closes_its_workers_and_can_be_resumed(job, turns):
    hanging = Company(trouble=lambda name, attempt: asyncio.Event().wait() if name.startswith("p/1|tests") else None)

    async def body():
        actor = an_actor(job, hanging)
        running = asyncio.create_task(actor.run())
        while not any(name.startswith("p/1|tests") for name in hanging.attempts):
            await asyncio.sleep(0)
        for _ in range(turns):  # an answer may be just coming in
            await asyncio.sleep(0)
        assert (await actor.progress()).stage == "running"
        await actor.stop()
        with pytest.raises(Interrupted, match="the same command resumes"):
            await running

    asyncio.run(asyncio.wait_for(body(), 10))
    assert all(worker.closed for worker in hanging.spawned)
    again = Company()
    assert run(job, again).done
    assert not [name for name in again.attempts if "|policy|" in name or "|coderm|" in name]


def test_only_roles_that_have_to_write_get_an_engine(job, tmp_path):
    candidates, tests = tmp_path / "c.jsonl", tmp_path / "t.jsonl"
    candidates.write_text("".join(json.dumps({"task_id": f"p/{n}", "solutions": ["def f(): return 1"]}) + "\n" for n in range(2)))
    tests.write_text(json.dumps({"task_id": "p/0", "unit_tests": ["assert f()"]}) + "\n")
    company = Company()
    run(Job("run", tmp_path, job.config, UserFiles(candidates, tests)), company)
    assert company.executors == len(company.spawned) == 2


def test_progress_can_be_asked_for_before_the_run_has_begun(job):
    progress = asyncio.run(an_actor(job, Company()).progress())
    assert (progress.stage, progress.counters.problems, progress.done) == ("starting", 2, False)


class Oracle:
    """A probe that reads states and thinks that the second problem is the harder one."""

    card = SimpleNamespace(spec=StateSpec("smollm2", (1,)))

    def problem_features(self, table):
        assert table.states.shape == (2, 2)
        return ProblemFeatures(table.task_ids, ("lambda",), np.array([[0.9], [0.1]], np.float32))


def test_a_survey_and_two_rounds_ask_for_nothing_twice_and_write_down_what_they_decided(job):
    company = Company()
    schedule = BudgetSchedule(BudgetConfig(model="paper", rounds=2, total=10), 2, Paper(), Robust(), cast(Probe, Oracle()))
    progress = run(job, company, schedule)
    assert (progress.done, progress.counters.problems_done) == (True, 2)
    asked = company.world.asked
    assert len(set(asked)) == len(asked)
    assert len([name for name in asked if "|states|" in name]) == 2
    assert [result["units"] for result in results(job)] == [2, 8]
    with Journal(job.directory / "journal.sqlite") as journal:
        easy, hard = journal.allotments(0), journal.allotments(1)
    assert [share.units for share in easy] == [2, 2]
    assert [share.units for share in hard] == [3, 8]
    assert hard[0].predicted == pytest.approx(0.1)
    assert hard[0].curve[:2] == pytest.approx([0.1, 0.09])


def test_a_run_interrupted_between_rounds_goes_on_where_it_was(job):
    schedule = BudgetSchedule(BudgetConfig(model="paper", rounds=2, total=10), 2, Paper(), Robust(), cast(Probe, Oracle()))
    whole = Company()
    run(job, whole, schedule)
    expected = results(job)
    (job.directory / "journal.sqlite").unlink()
    first = Company()

    async def until_the_second_round():
        actor = an_actor(job, first, schedule)
        task = asyncio.ensure_future(actor.run())
        while (await actor.progress()).stage != "round 2 of 2":
            await asyncio.sleep(0)
        await actor.stop()
        with pytest.raises(Interrupted):
            await task

    asyncio.run(asyncio.wait_for(until_the_second_round(), 30))
    second = Company()
    run(job, second, schedule)
    assert results(job) == expected
    assert not set(first.world.asked) & set(second.world.asked)


def test_rounds_that_nothing_seen_decides_are_one_pass_and_no_problem_waits_for_another(job):
    """The first test of the first problem never comes; the other problem is finished all the same."""
    schedule = make_budget_schedule(a_config(budget={"per_problem": 4, "rounds": 2}), 2)
    held = Company(trouble=lambda name, attempt: asyncio.Event().wait() if name.startswith("p/0|tests") else None)

    async def body():
        actor = an_actor(job, held, schedule)
        running = asyncio.create_task(actor.run())
        while (await actor.progress()).counters.problems_done < 1:
            await asyncio.sleep(0)
        await actor.stop()
        with pytest.raises(Interrupted):
            await running

    asyncio.run(asyncio.wait_for(body(), 10))
    run(job, Company(), schedule)
    assert [result["rounds"] for result in results(job)] == [(2, 2), (2, 2)]


def test_engines_start_while_sandboxes_do_and_the_first_error_ends_both(job):
    """An engine that never comes up neither holds up the proof nor hides its error."""
    company = Company(environments=("box one", "box two"))
    spawn = company.spawn_generator
    ended = []

    def spawn_slow(engine):
        worker = spawn(engine)

        async def setup():
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(True)

        worker.setup = setup
        return worker

    actor = SchedulerActor(job, WorkerFactory(spawn_slow, company.spawn_executor, 2), EQUAL)
    with pytest.raises(EngineError, match="different sandbox images"):
        asyncio.run(asyncio.wait_for(actor.run(), 30))
    assert ended == [True]
    assert all(worker.closed for worker in company.spawned)


def test_a_run_that_is_asked_to_finish_writes_down_what_was_under_way_and_begins_nothing_new(job):
    """The first Ctrl-C: calls under way are answered, those that wait are not sent, and the same command resumes."""

    async def body():
        gate = asyncio.Event()

        async def late():
            await gate.wait()
            raise SandboxLost("not before")

        company = Company(trouble=lambda name, attempt: late() if "|checks|" in name and attempt == 1 else None)
        actor = an_actor(job, company)
        running = asyncio.create_task(actor.run())
        while not any("|checks|" in name for name in company.attempts):
            await asyncio.sleep(0.001)
        await actor.finish()
        begun = dict(company.attempts)
        gate.set()
        with pytest.raises(Interrupted, match="after what was under way; the same command resumes"):
            await running
        assert all(worker.closed for worker in company.spawned)
        return begun, company

    begun, company = asyncio.run(asyncio.wait_for(body(), 30))
    assert dict(company.attempts) == begun
    with Journal(job.directory / "journal.sqlite", readonly=True) as journal:
        known = {name for name in begun if journal.answer(name)}
    assert {name for name in begun if "|checks|" not in name} <= known
    again = Company()
    assert run(job, again).done
    assert not known & again.attempts.keys()


def test_a_run_that_is_asked_to_finish_while_it_starts_ends_at_once(job):
    class Slow(Company):
        async def setup(self):
            await asyncio.Event().wait()

    async def body():
        company = Slow()
        actor = an_actor(job, company)
        running = asyncio.create_task(actor.run())
        while not company.spawned:
            await asyncio.sleep(0.001)
        await actor.finish()
        with pytest.raises(Interrupted):
            await running

    asyncio.run(asyncio.wait_for(body(), 30))
