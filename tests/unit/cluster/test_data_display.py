"""A build shows life while no record ends: where the records are, and that tokens come."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cluster import data_display
from cluster.data_display import DataDisplay
from coderm.config.data import DataConfig
from coderm.data.build import Build
from coderm.data.store import Store
from coderm.messages.events import Generate, Sampled

ENGINE = {"type": "scripted", "path": "none.jsonl"}


def config_of(**more: Any) -> DataConfig:
    return DataConfig.model_validate({"sources": [{"source": "starter"}], "engines": {"strong": ENGINE, "weak": ENGINE}} | more)


class Slow:
    """A carrier whose engine writes and never ends."""

    def __init__(self):
        self.asked = asyncio.Event()
        self.tokens = 0

    async def sample(self, command: Generate) -> Sampled:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def score(self, request):
        raise AssertionError

    async def written(self) -> int:
        self.tokens += 50
        return self.tokens


def test_lines_come_while_no_record_ends(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(data_display, "EVERY_S", 0.001)
    config = config_of(sources=[{"source": "starter", "limit": 3}])

    async def at_work() -> None:
        carrier = Slow()
        with Store(tmp_path / "build.sqlite") as store:
            build = Build(config, carrier, store, "here")
            display = DataDisplay(build, carrier.written)
            tasks = [asyncio.create_task(build.run()), asyncio.create_task(display.run())]
            await carrier.asked.wait()
            while carrier.tokens < 300:
                await asyncio.sleep(0.001)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert build.at_work() == {}

    asyncio.run(at_work())
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 4
    assert "0 records" in lines[-1]
    assert "3 in suitability" in lines[-1]
    assert "tokens/s" in lines[-1]


@pytest.mark.parametrize("tokens", [0, 7])
def test_a_backend_that_cannot_tell_its_tokens_shows_no_rate(tmp_path: Path, capsys: Any, tokens: int) -> None:
    async def show() -> None:
        async def written() -> int:
            return tokens

        with Store(tmp_path / "build.sqlite") as store:
            await DataDisplay(Build(config_of(), Slow(), store, "here"), written).show()

    asyncio.run(show())
    assert ("tokens/s" in capsys.readouterr().err) is bool(tokens)
