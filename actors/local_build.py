"""A data build on one machine without Ray: generator actors and sandboxes of this process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from actors.data_carrier import DataCarrier
from actors.engines import Engines
from actors.generator import GeneratorActor
from actors.pool import Pool
from actors.worker import LocalWorker
from coderm.config.data import DataConfig
from coderm.data.build import Build, Seen, Tally
from coderm.data.card import Circumstances
from coderm.data.finish import finish
from coderm.data.store import Store
from coderm.scoring.local import local_scorer


async def build_locally(
    config: DataConfig,
    directory: Path,
    told: Callable[[Tally], None] = lambda _: None,
    seen: Seen = lambda _, __: None,
    executors: int = 0,
) -> dict[str, Any]:
    """Build a data set in `directory` and return its manifest; executors: sandboxes, 0 takes one per CPU."""
    directory.mkdir(parents=True, exist_ok=True)

    def pool(name: str) -> Pool:
        return Pool(
            f"engine {name}", lambda: LocalWorker(GeneratorActor(config.engines[name])), 1, config.cluster.in_work(executors)
        )

    engines = Engines(pool, config.roles)
    try:
        with Store(directory / "build.sqlite") as store:
            async with local_scorer(config.sandbox, executors=executors) as scorer:
                carrier = DataCarrier(engines, scorer.score_all, config.cluster.max_retries)
                tally = await Build(config, carrier, store, scorer.environment, told, seen).run()
                circumstances = Circumstances({}, scorer.environment, "build_locally(config, directory)")
            return finish(directory, config, tally, store, circumstances)
    finally:
        await engines.close()
