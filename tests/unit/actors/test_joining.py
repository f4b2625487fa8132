"""Nodes that come, fail and return: who gets an executor, and who is proved before it judges."""

import asyncio

import pytest
from test_pool import looped, until

from actors.admission import Admission, Place
from actors.executor import Description
from actors.joining import follow
from actors.notes import MOST, Notes
from actors.pool import Pool
from actors.quarantine import FIRST_PAUSE_S, LONGEST_PAUSE_S, Quarantine
from actors.worker import WorkerDied
from coderm.errors import ClusterError, EngineError, ImageChanged


def test_a_node_that_fails_is_left_alone_for_ever_longer_and_returns_when_it_is_well():
    now = [0.0]
    quarantine = Quarantine(lambda: now[0])
    assert quarantine.failed("n") == FIRST_PAUSE_S
    assert quarantine.failed("n") == FIRST_PAUSE_S, "failures of what was under way count once"
    assert quarantine.held() == ("n",)
    pauses = []
    for _ in range(7):
        now[0] += LONGEST_PAUSE_S
        assert quarantine.held() == ()
        pauses.append(quarantine.failed("n"))
    assert pauses == [60, 120, 240, 480, 600, 600, 600]
    assert quarantine.well("n")
    assert not quarantine.well("n")
    assert quarantine.failed("n") == FIRST_PAUSE_S


def test_a_trouble_is_noted_once_and_many_only_to_begin_with():
    notes = Notes()
    for number in range(2 * MOST):
        notes.add(f"{number}")
        notes.add("0")
    assert notes.texts() == tuple(map(str, range(MOST)))


class Cluster:
    """Nodes by name: `broken` ones have no engine, `other` ones another image; executors go to the least used that is allowed."""

    def __init__(self, *nodes):
        self.nodes, self.broken, self.other = list(nodes), set(), set()
        self.now, self.proofs, self.spawned, self.closed = [0.0], [], [], 0
        self.notes = Notes()
        self.admission = Admission(lambda: self.now[0], self.notes)

    def spawn(self):
        used = [worker.node for worker in self.spawned]
        allowed = [node for node in self.nodes if node not in self.admission.avoided()] or self.nodes
        self.spawned.append(Executor(self, min(allowed, key=used.count)))
        return self.spawned[-1]

    def on(self, node):
        return [worker for worker in self.spawned if worker.node == node]

    def pool(self, size):
        return Pool("executors", self.spawn, size, 2, pause_s=0.0, admission=self.admission)


class Executor:
    def __init__(self, cluster, node):
        self.cluster, self.node, self.done = cluster, node, 0

    async def setup(self):
        if self.node in self.cluster.broken:
            raise EngineError(f"{self.node} has no engine")

    async def call(self, method, argument):
        await asyncio.sleep(0)
        match method:
            case "place":
                return Place(self.node, self.node, 7)
            case "describe":
                return Description(self.node, "other box" if self.node in self.cluster.other else "box")
            case "prove":
                return self.cluster.proofs.append(self.node)
        if self.node in self.cluster.broken:
            raise WorkerDied(f"{self.node} has no engine")
        self.done += 1
        return self.node

    async def close(self):
        self.cluster.closed += 1


async def started(cluster, size):
    pool = cluster.pool(size)
    await pool.start()
    cluster.admission.open("box", {worker.node for worker in cluster.spawned})
    return pool


@looped
async def test_a_node_that_joins_is_proved_once_before_its_executors_get_a_call():
    cluster = Cluster("a")
    pool = await started(cluster, 1)
    cluster.nodes.append("b")
    following = asyncio.create_task(follow(pool, lambda: 3, every_s=0.0))
    await until(lambda: pool.alive == 3)
    assert cluster.proofs == ["b"]
    answers = await asyncio.gather(*(pool.call("execute", None) for _ in range(60)))
    assert {"a", "b"} == set(answers)
    await asyncio.sleep(0.01)
    assert len(cluster.spawned) == pool.size == 3, "there is room for no more"
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await pool.close()
    assert cluster.closed == 3


@looped
async def test_a_node_without_an_engine_keeps_the_others_from_nothing():
    cluster = Cluster("a", "b")
    cluster.broken.add("b")
    pool = await started(cluster, 2)
    await until(lambda: pool.alive == 2)
    assert [worker.node for worker in cluster.spawned] == ["a", "b", "a"], "the replacement avoids the node in quarantine"
    assert cluster.notes.texts() == ("no executor on b: b has no engine",)
    await pool.close()


@looped
async def test_a_node_whose_engine_fails_is_in_quarantine_and_returns_when_it_is_mended():
    cluster = Cluster("a", "b")
    pool = await started(cluster, 2)
    cluster.broken.add("b")
    with pytest.raises(WorkerDied):
        await asyncio.gather(*(pool.call("execute", None) for _ in range(2)))
    await until(lambda: cluster.admission.avoided() == ("b",) or pool.alive == 2)
    await until(lambda: pool.alive == 2)
    cluster.broken.clear()
    cluster.now[0] += FIRST_PAUSE_S + 1
    assert cluster.admission.avoided() == ()
    pool.grow(2)
    await until(lambda: pool.alive == 4)
    assert cluster.on("b")[-1].done == 0
    await asyncio.gather(*(pool.call("execute", None) for _ in range(40)))
    assert cluster.on("b")[-1].done > 0
    await pool.close()


@looped
async def test_a_node_that_joins_with_another_image_judges_nothing():
    cluster = Cluster("a")
    pool = await started(cluster, 1)
    cluster.nodes.append("b")
    cluster.other.add("b")
    pool.grow(1)
    await until(lambda: pool.size == 1)
    assert set(await asyncio.gather(*(pool.call("execute", None) for _ in range(20)))) == {"a"}
    assert cluster.admission.avoided() == ("b",)
    (note,) = cluster.notes.texts()
    assert note == "no executor on b: b holds another sandbox image than the run (other box, not box); run `make image` there"
    await pool.close()


@looped
async def test_when_only_another_image_is_left_the_run_ends_with_the_remedy():
    cluster = Cluster("a")
    pool = await started(cluster, 1)
    cluster.broken.add("a")
    with pytest.raises(WorkerDied):
        await pool.call("execute", None)
    cluster.broken.clear()
    cluster.other.add("a")
    with pytest.raises(
        ImageChanged, match=r"a holds another sandbox image than the run \(other box, not box\); run `make image` there"
    ):
        await pool.call("execute", None)
    await pool.close()


@looped
async def test_where_no_node_has_an_engine_the_run_does_not_start():
    cluster = Cluster("a", "b")
    cluster.broken |= {"a", "b"}
    pool = cluster.pool(2)
    with pytest.raises(EngineError, match=r"^a has no engine"):
        await pool.start()
    await pool.close()


@looped
async def test_on_a_cluster_an_engine_that_fails_is_named_with_its_host():
    cluster = Cluster("4f1d")
    cluster.broken.add("4f1d")
    pool = Pool("executors", lambda: Elsewhere(cluster, "4f1d"), 1, 2, admission=cluster.admission)
    with pytest.raises(EngineError, match=r"^gpu3: 4f1d has no engine"):
        await pool.start()
    await pool.close()


class Elsewhere(Executor):
    async def call(self, method, argument):
        return Place(self.node, "gpu3", 7)


@looped
async def test_a_cluster_that_cannot_be_asked_is_asked_again():
    cluster, looks = Cluster("a"), []

    def room():
        looks.append(1)
        if len(looks) < 3:
            raise ClusterError("the head is away")
        return 2

    pool = await started(cluster, 1)
    following = asyncio.create_task(follow(pool, room, every_s=0.0))
    await until(lambda: pool.alive == 2)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await pool.close()


@looped
async def test_an_executor_on_a_node_that_drains_ends_its_call_and_comes_back_elsewhere():
    cluster = Cluster("a", "b")
    pool = await started(cluster, 2)
    leaver, held = cluster.on("b")[0], asyncio.Event()

    async def slow(method, argument):
        await held.wait()
        return "b"

    leaver.call = slow
    calls = [asyncio.create_task(pool.call("execute", None)) for _ in range(2)]
    await until(lambda: pool.waiting(0.0) != [])
    cluster.nodes.remove("b")
    following = asyncio.create_task(follow(pool, None, lambda: ["b"], every_s=0.0))
    await asyncio.sleep(0.05)
    assert set(await asyncio.gather(*(pool.call("execute", None) for _ in range(20)))) == {"a"}, "it takes no further call"
    assert cluster.closed == 0, "what is under way there ends first"
    held.set()
    assert sorted(await asyncio.gather(*calls)) == ["a", "b"]
    await until(lambda: pool.alive == 2 and cluster.closed == 1)
    assert [worker.node for worker in cluster.spawned] == ["a", "b", "a"]
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await pool.close()


@looped
async def test_where_every_node_drains_the_run_goes_on_as_long_as_they_do():
    cluster = Cluster("a")
    pool = await started(cluster, 1)
    pool.vacate(["a"])
    assert await pool.call("execute", None) == "a"
    assert cluster.closed == 0
    await pool.close()


@looped
async def test_a_call_that_waits_is_named_with_its_place():
    cluster = Cluster("a")
    pool = await started(cluster, 1)
    cluster.spawned[0].call = lambda method, argument: asyncio.Event().wait()
    waiting = asyncio.create_task(pool.call("execute", Named("p/1|tests|0,0|x")))
    await until(lambda: bool(pool.waiting(0.0)))
    now = asyncio.get_running_loop().time() + 30
    assert pool.waiting(now) == ["p/1|tests|0,0|x (executors, a, process 7, 30 s)"]
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert pool.waiting(now) == []
    await pool.close()


class Named:
    def __init__(self, name):
        self.block_id = name
