"""A block that is given up ends: its processes, its CPU time, its files; and the box serves on."""

import threading
import time
from dataclasses import replace

import docker
import pytest
from pairs import ADD, ADDS, IMAGE, LIMITS, assert_serving

from coderm.config.schema import SandboxConfig
from coderm.errors import BlockCancelled, CodeRMError
from coderm.messages.cases import Case, CaseBlock
from coderm.messages.execution import Block, Outcome
from coderm.sandbox.containers.container import DockerSandbox
from coderm.sandbox.factory import make_recycling_sandbox

LONG = replace(LIMITS, cpu_s=300.0, wall_s=600.0)
BURNS = "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').write('x')\nwhile True:\n    pass\n"
CRAWLS = "import os, time\nfor _ in range(3):\n    os.fork()\nwhile True:\n    time.sleep(0.001)\n"
BLOCKS = {
    "tests": Block("given up", (BURNS, BURNS), (ADDS,), LONG, "isolated"),
    "shared": Block("given up", (CRAWLS,), (ADDS,), LONG, "shared"),
    "cases": CaseBlock("given up", (BURNS, CRAWLS), (Case("1", "1"), Case("2", "2")), limits=LONG),
}


@pytest.fixture(params=["tests", "shared", "cases"])
def block(request):
    return BLOCKS[request.param]


class Running:
    """A block in a thread; `seen` is set at its first sign of life."""

    def __init__(self, box, block):
        self.error = self.result = None
        self._thread = threading.Thread(target=self._run, args=(box, block))
        self._thread.start()

    def _run(self, box, block):
        try:
            self.result = box.run(block)
        except CodeRMError as error:
            self.error = error

    def join(self):
        self._thread.join(60.0)
        assert not self._thread.is_alive()
        return self


@pytest.fixture
def signs():
    return threading.Event()


@pytest.fixture
def box(kind, signs):
    with make_recycling_sandbox(SandboxConfig(type=kind, image=IMAGE), run_id="r", alive=signs.set) as box:
        yield box


def test_a_block_under_way_ends_and_the_box_serves_on(box, block, signs):
    running = Running(box, block)
    assert signs.wait(60.0)
    box.cancel(block.block_id)
    assert isinstance(running.join().error, BlockCancelled)
    assert_serving(box)
    assert box.run(Block("b", (ADD,), (ADDS,), LIMITS)).recycled == ""


def test_a_block_that_was_given_up_before_it_came_does_not_begin(box, block):
    box.cancel(block.block_id)
    with pytest.raises(BlockCancelled):
        box.run(block)
    assert_serving(box)


def test_a_cancel_that_comes_too_late_or_for_another_block_ends_nothing(box, signs):
    assert box.run(Block("first", (ADD,), (ADDS,), LIMITS)).outcomes[0, 0] == Outcome.PASSED
    box.cancel("first")
    running = Running(
        box, Block("second", ("import time\nwhile True:\n    time.sleep(0.2)\n",), (ADDS,), replace(LIMITS, wall_s=5.0))
    )
    assert signs.wait(60.0)
    box.cancel("first")
    box.cancel("third")
    assert running.join().result.outcomes.tolist() == [[Outcome.TIMEOUT]]


def test_a_cancel_at_any_moment_gives_a_result_or_a_cancelled_block_and_never_a_broken_box(box):
    block = Block("b", (ADD,) * 2, (ADDS,) * 3, LIMITS)
    for step in range(25):
        block = replace(block, block_id=f"b{step}")
        running = Running(box, block)
        time.sleep(0.004 * step)
        box.cancel(block.block_id)
        running.join()
        assert running.error is None or isinstance(running.error, BlockCancelled)
        if running.result is not None:
            assert (running.result.outcomes == Outcome.PASSED).all()
            assert not running.result.recycled
    assert_serving(box)


@pytest.mark.docker
def test_the_cpu_of_the_container_stops(docker_ready, signs, block):
    client = docker.APIClient()
    with DockerSandbox(SandboxConfig(image=IMAGE), run_id="r", alive=signs.set) as box:
        running = Running(box, block)
        assert signs.wait(60.0)
        before = used_s(client, box.name)
        while used_s(client, box.name) <= before:
            time.sleep(0.01)
        box.cancel(block.block_id)
        running.join()
        stopped = used_s(client, box.name)
        time.sleep(0.5)
        assert used_s(client, box.name) - stopped < 0.02
        assert_serving(box)
    client.close()


def used_s(client, name):
    """CPU seconds of a container since its start, by its control group."""
    return client.stats(name, stream=False, one_shot=True)["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9
