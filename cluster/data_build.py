"""Takes a build of training data from its checked configuration to its files, and leaves nothing behind however it ends."""

import asyncio
import contextlib
import json
import shlex
import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from actors.data_carrier import DataCarrier
from actors.engines import Engines
from cluster.connect import connected
from cluster.data_display import DataDisplay
from cluster.deploy import engine_pool
from cluster.inputs import file_digest, without_operation
from cluster.scoring import start_scoring, stop_scoring
from coderm.config.data import DataConfig, DataSource
from coderm.config.packages import wanted_packages
from coderm.config.schema import ScriptedEngine
from coderm.config.scoring import ScoringConfig
from coderm.data.build import Build, Tally
from coderm.data.card import Circumstances
from coderm.data.directory import BuildDirectory
from coderm.data.finish import finish
from coderm.data.store import Store
from coderm.errors import ClusterError, CodeRMError, DataError
from coderm.logs import LogSetup, get_log, logging_to
from coderm.messages.scoring import ProgramVerdict, ScoreRequest
from coderm.problems.starter import STARTER
from coderm.sandbox.containers.sweep import sweep_in_passing
from coderm.scoring.admission import Refused

_log = get_log(__name__)
DONE, ENVIRONMENT, ENGINES = "done", "environment", "engines"


def build_data(config: DataConfig, out: Path, command: str) -> tuple[dict[str, Any], Tally]:
    """Build in `out` and return manifest and tally; an interrupted build goes on in the same directory.

    Raises InputError before anything is started, InfrastructureError naming the remedy, KeyboardInterrupt as it comes.
    """
    directory = BuildDirectory(out.absolute())
    setup = LogSetup(uuid.uuid4().hex[:12], "driver", config.cluster.log_level, directory.root)
    with directory.claimed(identity_of(config), config.model_dump(mode="json")), logging_to(setup):
        with Store(directory.store) as store:
            tally = Tally.of(store.counts())
            if not store.fact(DONE):
                tally = _on_cluster(config, store, setup)
                _log.info("data built", problems=tally.accepted, lost=tally.lost)
            told = Circumstances(json.loads(store.fact(ENGINES) or "{}"), store.fact(ENVIRONMENT), command)
            return finish(directory.root, config, tally, store, told), tally


def identity_of(config: DataConfig) -> dict[str, Any]:
    """What decides the data set: settings, and the content of every file. Raises DataError for a file that cannot be read."""
    settings = without_operation(config.model_dump(mode="json", exclude={"cluster"}))
    for group in (settings["sources"], settings["decontaminate"]["benchmarks"]):
        for source in group:
            source.pop("path")
    named = {f"source {n}": source for n, source in enumerate(config.sources)}
    named |= {f"benchmark {n}": source for n, source in enumerate(config.decontaminate.benchmarks)}
    content = {name: _content(source) for name, source in named.items()}
    recordings = {name: config.engines[name] for name in config.roles.values()}
    content |= {name: file_digest(Path(item.path)) for name, item in recordings.items() if isinstance(item, ScriptedEngine)}
    wanted_packages(config.sandbox.packages, config.sandbox.requirements)
    return settings | {"content": content}


def _content(source: DataSource) -> str:
    """Digest of a source's file; the name of a data set of the hub."""
    if source.source == "starter":
        return file_digest(STARTER)
    path = Path(source.path)
    if source.source == "hub" and not path.is_file():
        return source.path
    if not path.is_file():
        raise DataError(f"{path}: no such file; check the path of the source")
    return file_digest(path)


def command_of(config: Path, out: Path, overrides: list[str]) -> str:
    """Return the command that makes the data set again."""
    given = [part for item in overrides for part in ("--set", item)]
    return shlex.join(["coderm", "data", "build", str(config), *given, "--out", str(out)])


def _on_cluster(config: DataConfig, store: Store, setup: LogSetup) -> Tally:
    engines = [config.engines[name] for name in dict.fromkeys(config.roles.values())]
    with connected(config.cluster.address), contextlib.ExitStack() as stack:
        stack.callback(sweep_in_passing, config.sandbox)
        scoring = ScoringConfig(sandbox=config.sandbox, cluster=config.cluster)
        scorer = start_scoring(scoring, engines=engines)
        stack.callback(stop_scoring, scorer)
        return asyncio.run(_built(config, store, scorer, setup))


async def _built(config: DataConfig, store: Store, scorer: Any, setup: LogSetup) -> Tally:
    """Carry every row to its end with the actors of a run."""
    environment = str(await scorer.setup.remote())
    log = replace(setup, process="generator", directory=None)
    engines = Engines(partial(engine_pool, config.engines, config.cluster.generator_in_flight, log), config.roles)
    build = Build(config, DataCarrier(engines, partial(_score, scorer), config.cluster.max_retries), store, environment)
    display = DataDisplay(build, engines.signs)
    showing = asyncio.create_task(display.run())
    try:
        tally = await build.run()
        await display.show()
    finally:
        showing.cancel()
        _note(store, environment, engines.described())
        await engines.close()
    if not tally.lost:
        store.set_fact(DONE, "yes")
    return tally


def _note(store: Store, environment: str, described: Mapping[str, Mapping[str, str]]) -> None:
    """Note who judged and who wrote, for the card."""
    store.set_fact(ENVIRONMENT, environment)
    known = json.loads(store.fact(ENGINES) or "{}")
    store.set_fact(ENGINES, json.dumps(known | {role: dict(engine) for role, engine in described.items()}))


async def _score(scorer: Any, request: ScoreRequest) -> tuple[ProgramVerdict, ...]:
    """Ask the scoring actor, again where it is full."""
    import ray

    while True:
        try:
            answer: tuple[ProgramVerdict, ...] | Refused = await scorer.score.remote(request)
        except ray.exceptions.RayTaskError as error:
            cause = getattr(error, "cause", None)
            raise cause if isinstance(cause, CodeRMError) else ClusterError(f"the scoring actor failed: {error}") from None
        except ray.exceptions.RayError as error:
            reason = str(error).splitlines()[0]
            raise ClusterError(f"the scoring actor has died: {reason}; run the same command to resume") from None
        if not isinstance(answer, Refused):
            return answer
        await asyncio.sleep(answer.retry_after_s)
