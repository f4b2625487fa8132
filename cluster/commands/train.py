"""What `coderm train` does: in this process, in each process of `accelerate launch`, or in workers of Ray Train."""

import contextlib
import os
import sys
from pathlib import Path

from coderm.config.loader import load_train_config
from coderm.config.training import TrainConfig
from coderm.errors import StorageError
from coderm.storage.holding import Tenant, held
from coderm.storage.writable import check_folder
from coderm.training.requirements import check_libraries

TRAINING = Tenant("trainings", "another training is using this directory", "a directory of a training")


def train(path: Path, out: Path | None, overrides: list[str], *, dry: bool) -> int:
    """`coderm train`: train, export and report; `dry`: only what it would take."""
    config = load_train_config(path, overrides)
    check_libraries()
    if config.quality.problems is not None and config.sandbox.type == "local":
        print('coderm: sandbox.type = "local" protects nothing: programs run as plain processes of this machine', file=sys.stderr)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if dry:
        from cluster.commands.train_plan import print_plan

        return print_plan(config, out or Path("runs"))
    directory = (out or Path("runs") / f"train-{path.stem}").absolute()
    first = os.environ.get("RANK", "0") == "0"
    if first:
        _make(directory)
    with held(directory, TRAINING) if first else contextlib.nullcontext():
        _fit(config, directory)
    if first:
        print(f"coderm: {directory / 'model'}: vLLM loads it", file=sys.stderr)
    return 0


def _fit(config: TrainConfig, directory: Path) -> None:
    if config.workers.count:
        from cluster.training import train_on_ray

        train_on_ray(config, directory, tell)
    else:
        from coderm.training.fitting import fit

        fit(config, directory, tell)


def tell(line: str) -> None:
    """Print a line of progress."""
    print(line, flush=True)


def _make(directory: Path) -> None:
    check_folder(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{directory}: cannot be made ({error.strerror}); give another --out") from None
