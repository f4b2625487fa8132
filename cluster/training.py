"""Trains through Ray Train: the same `fit` in each worker, with the same config, into one directory that all of them see.

Checkpoints are our own, and a worker that was lost goes on from the newest whole one. Ray is told of none, so a finished run of
the same name has nothing to go on from; the name is the training's identity all the same.
"""

import contextlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cluster.connect import connected
from coderm.config.training import TrainConfig
from coderm.errors import ClusterError, CodeRMError, InputError
from coderm.training.fitting import prepare
from coderm.training.following import Tell

RAY = ".ray-train"
"""Directory of Ray Train's own notes, below the output directory; removed in the end."""


def train_on_ray(config: TrainConfig, out: Path, tell: Tell) -> None:
    """Train in `workers.count` workers of a cluster. Raises what a worker raised, ClusterError when workers stay lost."""
    identity = prepare(config).identity  # bad input ends here, before anything is started
    with connected(config.workers.address) as resources, _lines(tell) as queue:
        _check(config, resources)
        for attempt in range(config.workers.retries + 1):
            if (error := _attempt(config, out, f"{identity}-{attempt}", queue)) is None:
                return
            if (known := _known(error)) is not None:
                raise known from None
            tell(f"workers were lost ({type(error).__name__}); attempt {attempt + 1} of {config.workers.retries + 1} ended")
    raise ClusterError(
        f"training: its workers were lost {config.workers.retries + 1} times; the same command goes on; see `ray logs`"
    )


def _attempt(config: TrainConfig, out: Path, name: str, queue: Any) -> Exception | None:
    """Run the workers once; return why they ended, None when all is done."""
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    workers, notes = config.workers, out / RAY
    resources = {"CPU": workers.cpus, **({"GPU": float(workers.gpus)} if workers.gpus else {})}
    trainer = TorchTrainer(
        _work,
        train_loop_config={"config": config.model_dump(mode="json"), "out": str(out), "queue": queue},
        torch_config=TorchConfig(backend="nccl" if workers.gpus else "gloo"),
        scaling_config=ScalingConfig(num_workers=workers.count, use_gpu=bool(workers.gpus), resources_per_worker=resources),
        run_config=RunConfig(name=name, storage_path=str(notes), failure_config=FailureConfig(max_failures=0)),
    )
    try:
        trainer.fit()
    except Exception as error:  # noqa: BLE001 - Ray wraps whatever a worker raised
        return error
    finally:
        shutil.rmtree(notes, ignore_errors=True)
    return None


def _work(given: dict[str, Any]) -> None:
    """What a worker does."""
    from coderm.training.fitting import fit

    fit(TrainConfig.model_validate(given["config"]), Path(given["out"]), given["queue"].put)


def _known(error: Exception) -> CodeRMError | None:
    """Return what this project raised in a worker, which another try would raise again."""
    failures = list(getattr(error, "worker_failures", {}).values())
    for failure in (error, *failures):
        found = getattr(failure, "_base_exc", None) or getattr(failure, "cause", None) or failure
        if isinstance(found, CodeRMError):
            return found
    return None


def _check(config: TrainConfig, resources: dict[str, float]) -> None:
    wanted = {"CPU": config.workers.cpus * config.workers.count, "GPU": float(config.workers.gpus * config.workers.count)}
    for name, amount in wanted.items():
        if amount > resources.get(name, 0.0):
            raise InputError(
                f"workers: {config.workers.count} workers want {amount:g} {name}, the cluster has {resources.get(name, 0.0):g}; "
                f"lower workers.count or workers.{name.lower()}s, or join a larger cluster by workers.address"
            )


@contextlib.contextmanager
def _lines(tell: Tell) -> Iterator[Any]:
    """Yield a queue whose lines are told here, as the workers put them in."""
    from ray.util.queue import Queue

    queue = Queue()
    reading = threading.Thread(target=_read, args=(queue, tell), daemon=True)
    reading.start()
    try:
        yield queue
    finally:
        queue.put(None)
        reading.join(timeout=10)
        queue.shutdown(force=True)


def _read(queue: Any, tell: Tell) -> None:
    while (line := queue.get()) is not None:
        tell(line)
