"""Nothing of a call stays with the service once it is answered, but what idempotency keys need within their bound."""

import asyncio
import gc
import tracemalloc

import pytest
from served import served

from coderm.config.service import ServiceConfig, ServiceSection
from coderm.messages.execution import Outcome
from coderm.messages.scoring import ProgramVerdict
from coderm.service.judging import make_judge
from coderm.service.ports import Health
from coderm.service.scripted import MemoryBank

pytestmark = pytest.mark.slow
SUITE = {"type": "unittest", "tests": [f"def test_{number}():\n    assert f({number}) == {number}\n" for number in range(4)]}
PROGRAMS, SPARE = 16, "# " + "x" * 1000
"""Programs of a call, each so long that a kept call shows."""


class Passing:
    """Judges every program, and remembers none; unlike the scripted scorer."""

    async def score(self, request, deadline_s):
        for place in range(len(request.programs)):
            yield place, ProgramVerdict((Outcome.PASSED,) * len(request.suite), (0.1,) * len(request.suite))

    async def health(self):
        return Health()


def call(number):
    codes = [f"def f(x):\n    return x\n{SPARE} {number} {place}\n" for place in range(PROGRAMS)]
    problem = {"id": "p", "entry_point": "f", "suite": SUITE}
    return {"items": [{"problem": problem, "programs": [{"code": code} for code in codes]}], "stream": True}


async def taken_after(it, numbers, **headers):
    for number in numbers:
        assert (await it.score(call(number), **{name: f"{value} {number}" for name, value in headers.items()})).status_code == 200
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "key"}])
def test_answered_calls_are_forgotten(headers: dict[str, str]):
    async def scenario():
        bank, kept = MemoryBank(), 10 * PROGRAMS
        judge = make_judge(Passing(), bank, ServiceConfig(service=ServiceSection(keep_answers=kept)))
        async with served(judge, bank, keep_answers=kept) as it:
            early = await taken_after(it, range(20), **headers)
            return await taken_after(it, range(20, 60), **headers) - early

    tracemalloc.start()
    try:
        assert asyncio.run(scenario()) < 4 * PROGRAMS * len(SPARE)  # four calls of the forty
    finally:
        tracemalloc.stop()
