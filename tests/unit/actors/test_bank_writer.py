"""The writer of the bank: in the order announced, as a run asks, through engines that die, with nothing lost or written twice."""

import asyncio
import contextlib

from builders import World, a_config
from press import ENDLESS_S, Press, in_loop

from actors.bank_writer import BankWriter
from actors.engines import Engines
from actors.pool import Pool
from actors.worker import WorkerDied
from coderm.bank.bank import Bank
from coderm.bank.writing import Writing
from coderm.config.bank import BankConfig
from coderm.errors import ConfigError, ModelError
from coderm.messages.problem import Problem


class Service:
    """A writer at work on a bank."""

    def __init__(self, directory, crew=None, roles=("policy", "coderm"), **settings):
        self.crew = crew or Press()
        self.settings = BankConfig(retry_pause_s=0.001, retry_pause_most_s=0.002, **settings)
        self.config = a_config(policy={"samples": 4})
        self.bank = Bank(directory).open()
        self.engines = Engines(lambda name: Pool(name, self.crew.spawn, 1, 8, 1, 0.0), dict.fromkeys(roles, "main"))
        self.writer = None

    def begin(self):
        self.writer = BankWriter(self.config, self.settings, self.bank, self.engines, "run 1")
        self.task = asyncio.create_task(self.writer.run())

    async def until(self, true):
        async with asyncio.timeout(ENDLESS_S):
            while not true():
                assert not self.task.done()
                await asyncio.sleep(0.001)

    async def written(self, *names):
        await self.until(lambda: all(self.writer.state(name)[0] == "ready" for name in names))

    async def close(self):
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task
        await self.engines.close()
        self.bank.close()


@contextlib.asynccontextmanager
async def service(directory, want=None, **options):
    """A service whose bank wants these tests: {problem id: number}."""
    working = Service(directory, **options)
    for name, number in (want or {}).items():
        working.bank.enter(Problem(name, f"question of {name}", "f"))
        working.bank.buy({name: number}, 10**6)
    working.begin()
    try:
        yield working
    finally:
        await working.close()


def texts(bank, name):
    return [item.content for item in bank.tests_of(name)]


@in_loop
async def test_what_is_wanted_is_written_with_its_provenance(tmp_path):
    async with service(tmp_path, {"p": 5}) as work:
        await work.written("p")
        assert texts(work.bank, "p") == [f"test {number}" for number in range(5)]
        kept = work.bank.tests_of("p")[3].provenance
        assert (kept.origin, kept.model, kept.run, kept.offset) == ("generated", "tiny", "run 1", 3)
        assert kept.prompt
        assert work.bank.suite_of("p").suite.tests == tuple(texts(work.bank, "p"))


@in_loop
async def test_a_run_asks_for_the_same(tmp_path):
    """The same prompt, seed, number and id as `coderm run` for a first batch."""
    async with service(tmp_path, {"p": 8}) as work:
        await work.written("p")
        writing = Writing.begin(work.config, work.bank.problem("p"), [])
        asked = [name for name in work.crew.world.asked if "|coderm|" in name]
        assert [name.split("|")[:3] for name in asked] == [["p", "coderm", "0"]]
        assert writing.state.asked == 10


@in_loop
async def test_more_that_is_wanted_later_begins_where_the_first_ended(tmp_path):
    async with service(tmp_path, {"p": 4}) as work:
        await work.written("p")
        asked = work.bank.problem("p").asked
        work.bank.buy({"p": 3}, 100)
        work.writer.want(["p"])
        await work.written("p")
        assert work.bank.problem("p").held == 7
        assert [name.split("|")[2] for name in work.crew.world.asked if "|coderm|" in name] == ["0", str(asked)]
        assert len(set(texts(work.bank, "p"))) == 7


@in_loop
async def test_problems_are_written_in_the_order_announced(tmp_path):
    async with service(tmp_path, dict.fromkeys("abcd", 2), in_work=1) as work:
        work.writer.announce(["d", "b"])
        await work.written(*"abcd")
        order = list(dict.fromkeys(name.split("|")[0] for name in work.crew.world.asked))
        assert order == ["d", "b", "a", "c"]


@in_loop
async def test_an_engine_that_dies_under_a_request_is_replaced_and_asked_again(tmp_path):
    dies = WorkerDied("the engine is gone")
    crew = Press(trouble=lambda name, attempt: dies if "|coderm|" in name and attempt < 3 else None)
    async with service(tmp_path, {"p": 3}, crew=crew) as work:
        await work.written("p")
        assert texts(work.bank, "p") == ["test 0", "test 1", "test 2"]
        assert work.bank.problem("p").asked == 4


@in_loop
async def test_an_engine_that_will_not_start_is_told_and_tried_again(tmp_path):
    crew = Press(starts=[ModelError("no such model; give another")] * 3)
    async with service(tmp_path, {"p": 3, "q": 3}, crew=crew) as work:
        await work.until(lambda: "no such model; give another; tried again in 0 s" in work.writer.state("p")[1])
        await work.written("p", "q")
        assert len(texts(work.bank, "q")) == 3


@in_loop
async def test_an_engine_that_keeps_dying_is_started_anew_after_its_pool_gave_up(tmp_path):
    deaths = [WorkerDied("gone")] * 9
    crew = Press(trouble=lambda name, attempt: deaths.pop() if deaths and "|coderm|" in name else None)
    async with service(tmp_path, {"p": 3}, crew=crew) as work:
        await work.written("p")
        assert len(crew.spawned) > 5
        assert all(member.closed for member in crew.spawned[:-1])


@in_loop
async def test_while_an_engine_is_down_the_state_says_so(tmp_path):
    crew = Press(trouble=lambda name, attempt: WorkerDied("the engine is gone") if "|coderm|" in name else None)
    async with service(tmp_path, {"p": 3}, crew=crew) as work:
        await work.until(lambda: work.writer.state("p")[0] == "waiting" and "tried again" in work.writer.state("p")[1])


@in_loop
async def test_an_error_that_waiting_does_not_mend_is_a_failure_of_its_problem_alone(tmp_path):
    crew = Press(trouble=lambda name, attempt: ConfigError("no template") if name.startswith("p|") else None)
    async with service(tmp_path, {"p": 3, "q": 3}, crew=crew) as work:
        await work.written("q")
        await work.until(lambda: work.writer.state("p")[0] == "failed")
        assert "no template" in work.writer.state("p")[1]


@in_loop
async def test_without_a_policy_the_first_programs_scored_are_shown(tmp_path):
    async with service(tmp_path, {"p": 3}, roles=("coderm",)) as work:
        await work.until(lambda: "no program to show" in work.writer.state("p")[1])
        assert work.writer.state("p")[0] == "waiting"
        work.writer.offer("p", ["", "def f(): return 1"])
        await work.written("p")
        assert len(texts(work.bank, "p")) == 3


@in_loop
async def test_a_model_that_repeats_itself_is_a_shortage_and_ends(tmp_path):
    crew = Press(World(tests=("test 0",) * 400))
    async with service(tmp_path, {"p": 4}, crew=crew) as work:
        await work.until(lambda: work.writer.state("p")[1].startswith("1 of 4 tests"))
        assert work.writer.state("p")[0] == "ready"
        assert work.bank.problem("p").asked == 12


@in_loop
async def test_a_model_that_writes_nothing_usable_is_a_failure(tmp_path):
    crew = Press(World(tests=("bad",) * 400))
    async with service(tmp_path, {"p": 4}, crew=crew) as work:
        await work.until(lambda: work.writer.state("p")[0] == "failed")
        assert "0 of 4 tests are usable and differ, of 12 texts" in work.writer.state("p")[1]


@in_loop
async def test_what_a_stopped_writer_left_open_the_next_one_writes(tmp_path):
    held = asyncio.Event()
    crew = Press(trouble=lambda name, attempt: held.wait() if name.startswith("b|coderm") else None)
    async with service(tmp_path, {"a": 3, "b": 3}, crew=crew) as work:
        await work.written("a")
        assert work.writer.state("b") == ("writing", "")
    async with service(tmp_path) as work:
        await work.written("b")
        assert [len(texts(work.bank, name)) for name in "ab"] == [3, 3]
        assert all(name.startswith("b|") for name in work.crew.world.asked)


@in_loop
async def test_a_problem_forgotten_while_its_tests_are_written_keeps_them_as_retired(tmp_path):
    async with service(tmp_path, {"p": 3}) as work:
        forgotten = []
        work.crew.trouble = lambda name, attempt: forgotten.append(work.bank.forget("p"))
        await work.until(lambda: work.bank.tests_of("p"))
        assert {item.reason for item in work.bank.tests_of("p")} == {"forgotten"}
        await work.until(lambda: work.writer.state("p") == ("ready", ""))


@in_loop
async def test_a_full_disk_is_waited_out(tmp_path):
    async with service(tmp_path, {"p": 3}) as work:
        await work.written("p")
        work.bank.buy({"p": 2}, 100)
        database = work.bank.rows._database._connection()
        (pages,) = database.execute("pragma page_count").fetchone()
        work.crew.world = World(tests=tuple(f"test {number} " + "x" * 50_000 for number in range(40)))
        database.execute(f"pragma max_page_count = {pages}")
        work.writer.want(["p"])
        await work.until(lambda: "free some space" in work.writer.state("p")[1])
        assert work.writer.state("p")[0] == "waiting"
        database.execute("pragma max_page_count = 100000")
        await work.written("p")
        assert work.bank.problem("p").held == 5


@in_loop
async def test_nothing_is_left_under_way_when_the_writer_ends(tmp_path):
    never = asyncio.Event()
    crew = Press(trouble=lambda name, attempt: never.wait())
    async with service(tmp_path, dict.fromkeys("abc", 2), crew=crew) as work:
        await work.until(lambda: crew.under_way == 3)
    assert (crew.under_way, crew.cancelled) == (0, 3)
    assert all(member.closed for member in crew.spawned)
