"""The conductor with workers of this process: whole runs, deaths, resumes and ends."""

import asyncio

import pytest
from builders import World, a_config, arrivals, plain, samples
from crew import Crew

from actors.conductor import SIGN_CHECKS, Conductor
from actors.notes import Notes
from actors.pool import Pool
from actors.worker import WorkerDied, lost
from coderm.errors import AnswerLost, ClusterError, DataError, EngineError, SandboxLost
from coderm.messages.execution import Outcome
from coderm.scheduling.passes import PassPlan
from coderm.scheduling.scheduler import Scheduler
from coderm.storage.journal import Journal


def conduct(path, crew, count=3, events=None, size=2, writers=None, notes=None, **sections):
    """Run a job with a crew (`writers`: another one for the engine) and its journal, `size` workers in each of the two pools.

    Returns the conductor after the run.
    """
    config = a_config(**({"policy": {"samples": 4}, "budget": {"per_problem": 4}} | sections))

    async def body():
        with Journal(path / "journal.sqlite") as journal:
            crews = {"engine": writers or crew, "executors": crew}
            pools = [Pool(name, hired.spawn, size, 2, pause_s=0.0) for name, hired in crews.items()]
            scheduler = Scheduler(config, PassPlan.single([4] * count), "box")
            given = iter(events if events is not None else arrivals(count))
            engines = {"policy": pools[0], "coderm": pools[0]}
            conductor = Conductor(config, scheduler, given, journal, engines, pools[1], notes=notes)
            try:
                for pool in pools:
                    await pool.start()
                await conductor.run()
            finally:
                crew.left = crew.under_way
                for pool in pools:
                    await pool.close()
            return conductor

    return asyncio.run(asyncio.wait_for(body(), 30))


def results(path):
    with Journal(path / "journal.sqlite", readonly=True) as journal:
        return [plain(result) for result in journal.results()]


def expected(tmp_path, **sections):
    """What an untroubled run records."""
    path = tmp_path / "untroubled"
    path.mkdir()
    conduct(path, Crew(), **sections)
    return results(path)


def test_a_run_ends_with_every_problem_recorded_and_every_worker_closed(tmp_path):
    crew = Crew()
    conductor = conduct(tmp_path, crew)
    assert [result["index"] for result in results(tmp_path)] == [0, 1, 2]
    assert [worker.closed for worker in crew.spawned] == [1] * 4
    progress = conductor.progress("done", done=True)
    assert (progress.counters.problems_done, progress.counters.lost) == (3, 0)
    assert progress.stage_seconds.keys() == {"generation", "execution"}


def test_a_job_without_problems_left_ends_at_once(tmp_path):
    conduct(tmp_path, Crew(), events=[])
    assert results(tmp_path) == []


def test_a_command_whose_worker_died_is_answered_by_a_replacement(tmp_path):
    crew = Crew(trouble=lambda name, attempt: WorkerDied("node gone") if attempt == 1 and name.startswith("p/1|tests") else None)
    conductor = conduct(tmp_path, crew, size=1)  # nobody but the replacement can answer
    assert results(tmp_path) == expected(tmp_path)
    assert len(crew.spawned) == 3
    assert all(worker.closed for worker in crew.spawned)
    assert conductor.progress("done").counters.retries == 1


def test_a_generator_that_died_is_replaced_and_the_request_sent_again(tmp_path):
    crew = Crew(trouble=lambda name, attempt: WorkerDied("engine gone") if attempt == 1 and "|policy|" in name else None)
    conduct(tmp_path, crew)
    assert results(tmp_path) == expected(tmp_path)


def test_a_lost_sandbox_is_tried_again_without_replacing_its_worker(tmp_path):
    crew = Crew(trouble=lambda name, attempt: SandboxLost("box died") if attempt == 1 and "|checks|" in name else None)
    conductor = conduct(tmp_path, crew)
    assert results(tmp_path) == expected(tmp_path)
    assert len(crew.spawned) == 4
    assert conductor.progress("done").counters.retries == 3


def test_a_dropped_answer_is_asked_for_again_without_replacing_its_engine(tmp_path):
    crew = Crew(trouble=lambda name, attempt: AnswerLost("aborted") if attempt <= 2 and "|policy|" in name else None)
    conductor = conduct(tmp_path, crew)
    assert results(tmp_path) == expected(tmp_path)
    assert len(crew.spawned) == 4
    assert conductor.progress("done").counters.retries == 6


def test_a_store_that_is_full_is_noted_with_the_remedy_and_asked_again(tmp_path):
    full = lost("ObjectStoreFullError", "The local object store is full.")
    notes = Notes()
    conduct(tmp_path, Crew(trouble=lambda name, attempt: full if attempt == 1 and "|tests" in name else None), notes=notes)
    assert results(tmp_path) == expected(tmp_path)
    assert notes.texts() == (full.message,)


def test_a_block_lost_for_good_is_named_and_the_run_goes_on(tmp_path):
    crew = Crew(trouble=lambda name, attempt: SandboxLost("box died") if name.startswith("p/1|tests") else None)
    conduct(tmp_path, crew, cluster={"max_retries": 1})
    first, second, third = results(tmp_path)
    assert (first["lost"], third["lost"]) == ((), ())
    assert second["lost"][0].endswith("box died")
    with Journal(tmp_path / "journal.sqlite") as journal:
        assert journal.finished_positions() == {0, 2}


def test_verdicts_that_came_back_missing_are_asked_for_again_and_never_recorded(tmp_path):
    class Incomplete(World):
        def run(self, block):
            result = super().run(block)
            if crew.attempts[block.block_id] == 1:
                result.outcomes[0, 0] = Outcome.LOST
            return result

    crew = Crew(Incomplete())
    conductor = conduct(tmp_path, crew)
    assert results(tmp_path) == expected(tmp_path)
    assert conductor.progress("done").counters.retries == 6


def test_an_error_that_is_nobody_s_to_repair_ends_the_run_and_cancels_the_rest(tmp_path):
    def trouble(name, attempt):
        if name.startswith("p/1|checks"):
            return EngineError("the image is gone; run `make image`")
        return asyncio.Event().wait() if "|tests|" in name or "|coderm|" in name else None

    crew = Crew(trouble=trouble)
    with pytest.raises(EngineError, match="make image"):
        conduct(tmp_path, crew)
    assert crew.cancelled
    assert crew.left == 0
    assert all(worker.closed for worker in crew.spawned)


def test_broken_input_found_on_the_way_ends_the_run(tmp_path):
    def broken():
        yield from arrivals(1)
        raise DataError("p.jsonl:2: not valid JSON")

    with pytest.raises(DataError, match=r"p.jsonl:2"):
        conduct(tmp_path, Crew(), events=broken())


def test_a_resumed_run_asks_nothing_twice(tmp_path):
    def trouble(name, attempt):
        return EngineError("out of luck") if name.startswith("p/2|tests") else None

    first, second = Crew(trouble=trouble), Crew()
    with pytest.raises(EngineError):
        conduct(tmp_path, first)
    with Journal(tmp_path / "journal.sqlite") as journal:
        answered = {name for name in first.attempts if journal.answer(name)}
    conductor = conduct(tmp_path, second)
    assert answered
    assert not answered & second.attempts.keys()
    assert conductor.progress("done").counters.replayed == len(answered)
    assert results(tmp_path) == expected(tmp_path)


def test_a_finished_run_replays_without_asking_anything(tmp_path):
    conduct(tmp_path, Crew())
    before = results(tmp_path)
    again = Crew()
    conduct(tmp_path, again)
    assert not again.attempts
    assert results(tmp_path) == before


def test_a_resumed_run_tries_again_what_was_lost_and_only_that(tmp_path):
    crew = Crew(trouble=lambda name, attempt: SandboxLost("box died") if name.startswith("p/1|tests") else None)
    conduct(tmp_path, crew, cluster={"max_retries": 0})
    with Journal(tmp_path / "journal.sqlite") as journal:
        finished = journal.finished_positions()
    again = Crew()
    conduct(tmp_path, again, events=[event for event in arrivals(3) if event.index not in finished])
    assert [name.split("|")[:2] for name in again.attempts] == [["p/1", "tests"]]
    assert results(tmp_path) == expected(tmp_path)


def test_no_more_problems_are_in_work_than_the_window_holds(tmp_path):
    high = []

    class Watched(Scheduler):
        def handle(self, event):
            commands = super().handle(event)
            high.append(self.in_work)
            return commands

    config = a_config(policy={"samples": 4}, cluster={"window": 2})

    async def body():
        crew = Crew()
        with Journal(tmp_path / "journal.sqlite") as journal:
            pool = Pool("all", crew.spawn, 4, 8)
            await pool.start()
            scheduler = Watched(config, PassPlan.single([2] * 7))
            conductor = Conductor(config, scheduler, iter(arrivals(7)), journal, {"policy": pool, "coderm": pool}, pool)
            await conductor.run()
            await pool.close()

    asyncio.run(asyncio.wait_for(body(), 30))
    assert max(high) == 2
    assert len(results(tmp_path)) == 7


def test_a_run_in_which_nothing_happens_ends_with_the_names_of_what_it_waits_for(tmp_path):
    crew = Crew(trouble=lambda name, attempt: asyncio.Event().wait() if name.startswith("p/1|checks") else None)
    with pytest.raises(ClusterError, match=r"nothing happened for 0 s; waiting for p/1\|checks\|.*run again to resume"):
        conduct(tmp_path, crew, cluster={"stall_timeout_s": 0.2})
    assert crew.cancelled == 1


def test_a_block_that_shows_signs_of_life_for_longer_than_the_limit_does_not_end_the_run(tmp_path):
    class Living(Crew):
        """Goes on with one block for three limits, with ever more signs of life; the second try is answered."""

        async def late(self):
            while self.looks < 3 * 4 * SIGN_CHECKS:  # two workers of each pool are asked each time
                await asyncio.sleep(0.001)
            raise SandboxLost("late")

    crew = Living()
    crew.signs = lambda: crew.looks
    crew.trouble = lambda name, attempt: crew.late() if name.startswith("p/1|checks") and attempt == 1 else None
    conductor = conduct(tmp_path, crew, cluster={"stall_timeout_s": 0.1})
    assert conductor.progress("done").counters.problems_done == 3


def test_an_engine_that_writes_for_longer_than_the_limit_does_not_end_the_run(tmp_path):
    class Writing(Crew):
        """Takes three limits for one request, and has written more each time it is asked."""

        async def late(self):
            while self.looks < 3 * 2 * SIGN_CHECKS:
                await asyncio.sleep(0.001)
            raise AnswerLost("late")

    writers = Writing()
    writers.signs = lambda: writers.looks
    writers.trouble = lambda name, attempt: writers.late() if name.startswith("p/1|policy") and attempt == 1 else None
    conductor = conduct(tmp_path, Crew(), writers=writers, cluster={"stall_timeout_s": 0.1})
    assert conductor.progress("done").counters.problems_done == 3


def test_a_worker_that_cannot_be_asked_has_given_no_sign_of_life(tmp_path):
    def silent():
        raise WorkerDied("gone")

    crew = Crew(trouble=lambda name, attempt: asyncio.Event().wait() if name.startswith("p/1|checks") else None, signs=silent)
    with pytest.raises(ClusterError, match="nothing happened"):
        conduct(tmp_path, crew, cluster={"stall_timeout_s": 0.2})


def test_supplied_programs_and_tests_need_no_generator(tmp_path):
    crew = Crew()
    conduct(tmp_path, crew, events=arrivals(2, programs=samples("a", "b"), tests=samples("t")))
    assert all("|tests|" in name or "|checks|" in name for name in crew.attempts)


def test_seconds_at_work_carry_over_to_a_resumed_run(tmp_path):
    conduct(tmp_path, Crew())
    with Journal(tmp_path / "journal.sqlite") as journal:
        before = journal.fact("busy")
        assert before != "{}"
    conduct(tmp_path, Crew(), events=[])
    with Journal(tmp_path / "journal.sqlite") as journal:
        assert journal.fact("busy") == before
