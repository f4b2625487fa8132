"""`coderm train --dry-run`: stages with their sizes, what each GPU needs, and everything that can be checked without one."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from coderm.config.training import TrainConfig
from coderm.errors import CodeRMError, InputError
from coderm.generation.model_files import resolve_model
from coderm.messages.problem import Problem
from coderm.storage.jsonl import read_jsonl
from coderm.training.forecast import (
    CARD_MEMORY,
    CARD_SHARE,
    GIB,
    KNOWN,
    PAPER_ROWS,
    ROW_TOKENS,
    Forecast,
    Rows,
    Shape,
    forecast,
    shape_of,
)
from coderm.training.judges import held_out_problems

SMALLER = 'method.type = "lora" with model.dtype = "bfloat16" takes less, and so does a lower data.max_length'


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. wrong: it would end the training; otherwise it is only worth knowing."""

    text: str
    wrong: bool = False


def print_plan(config: TrainConfig, out: Path) -> int:
    """Print stages, needs and checks; 2 where the training could not begin as it is."""
    console = Console()
    path, checks = _model(config)
    rows, more = _rows(config, reachable=not checks)
    shape = shape_of(config, path)
    found = forecast(config, shape, rows)
    problems = held_out_problems(config.quality, set())
    console.print(_stages(config, shape, rows, found, problems))
    checks += [*more, *_devices(config, found), *_disk(config, found, out), *_quality(config, problems)]
    for check in checks:
        console.print(f"{'wrong' if check.wrong else 'note'}: {check.text}", soft_wrap=True, markup=False, highlight=False)
    console.print("nothing was trained", highlight=False)
    return InputError.exit_code if any(check.wrong for check in checks) else 0


def _model(config: TrainConfig) -> tuple[str, list[Check]]:
    """Find the model; one whose shape is known needs not be within reach."""
    try:
        return resolve_model(config.model.name), []
    except CodeRMError as error:
        if config.model.name not in KNOWN:
            raise
        return config.model.name, [Check(f"{error.message} (its size is known, so the rest is worked out)")]


def _rows(config: TrainConfig, *, reachable: bool) -> tuple[Rows, list[Check]]:
    """Measure the rows where file and tokenizer are there; else take the paper's number."""
    if not Path(config.data.path).is_file():
        text = f"{config.data.path}: is not there yet; {PAPER_ROWS:,} rows (the paper's) of {ROW_TOKENS} tokens (assumed) are taken"
        return Rows(PAPER_ROWS, PAPER_ROWS * ROW_TOKENS, assumed=True), [Check(text)]
    if not reachable:
        number = sum(1 for _ in read_jsonl(Path(config.data.path)))
        text = f"{config.data.path}: not measured without the tokenizer; {ROW_TOKENS} tokens a row are assumed"
        return Rows(number, number * ROW_TOKENS, assumed=True), [Check(text)]
    from coderm.training.fitting import prepare

    prepared = prepare(config)
    left_out = sum(prepared.rows.left_out.reasons.values())
    told = [Check(f"{left_out} rows are left out, none is cut")] if left_out else []
    return Rows(len(prepared.rows.rows), prepared.rows.tokens), told


def _decoding(config: TrainConfig, problems: int) -> int:
    """Return how many tokens are written one after another when test quality is measured: batches x their longest answer."""
    quality, workers = config.quality, max(1, config.workers.count)
    return -(-quality.tests * problems // (workers * quality.batch)) * quality.sampling.max_tokens


def _stages(config: TrainConfig, shape: Shape, rows: Rows, found: Forecast, problems: Sequence[Problem]) -> Table:
    quality, how = config.quality, config.optimisation
    table = Table(title=f"{config.model.name}, {config.method.type}", title_justify="left")
    for name in ("stage", "size", "takes"):
        table.add_column(name, overflow="fold")
    assumed = " (assumed)" if rows.assumed else ""
    table.add_row("rows", f"{rows.rows:,} rows, {rows.tokens:,} tokens{assumed}", f"at most {config.data.max_length} tokens each")
    table.add_row("model", f"{shape.weights / 1e9:.2f} billion weights", f"{shape.trained:,} are trained")
    table.add_row(
        "training",
        f"{found.steps:,} steps of {how.batch} rows, {found.tokens:,} tokens",
        f"{found.memory / GIB:.1f} GiB a GPU; {found.hours:.2g} h on {max(1, config.workers.count)} H100 at {CARD_SHARE:.0%}",
    )
    table.add_row("checkpoints", f"{found.checkpoint / GIB:.1f} GiB each", f"{config.checkpoints.keep + 1} at most")
    if problems:
        times = 2 + (found.steps // quality.every_steps if quality.every_steps else 0)
        size, steps = f"{quality.tests * len(problems):,} tests of {len(problems)} problems", _decoding(config, len(problems))
        table.add_row("test quality", size, f"{times} measurements, each at most {steps:,} decoding steps")
    merged = "merged in float32" if config.method.type == "lora" else ""
    table.add_row("export", f"{found.export / GIB:.1f} GiB in bfloat16", merged)
    return table


def _devices(config: TrainConfig, found: Forecast) -> Iterator[Check]:
    import torch

    count = torch.cuda.device_count()
    if not count:
        yield Check("no GPU is visible here: memory and hours are worked out, not measured")
        if found.memory > CARD_MEMORY:
            yield Check(f"the GPUs have to have more than the {CARD_MEMORY / GIB:.0f} GiB of a common H100; {SMALLER}")
        return
    smallest = min(torch.cuda.get_device_properties(place).total_memory for place in range(count))
    if found.memory > smallest:
        yield Check(
            f"a GPU here has {smallest / GIB:.0f} GiB; {SMALLER}",
            wrong=True,
        )


def _disk(config: TrainConfig, found: Forecast, out: Path) -> Iterator[Check]:
    place = out.absolute()
    while not place.exists():
        place = place.parent
    needed = found.checkpoint * (config.checkpoints.keep + 1) + 2 * found.export
    if needed > (free := shutil.disk_usage(place).free):
        yield Check(
            f"{place}: {free / GIB:.0f} GiB are free here, checkpoints and export want {needed / GIB:.0f}; give another --out"
        )


def _quality(config: TrainConfig, problems: Sequence[Problem]) -> Iterator[Check]:
    if config.quality.problems is None:
        yield Check("test quality is not measured: quality.problems names no problems")
        return
    fit = sum(bool(problem.reference and problem.checks) for problem in problems)
    yield Check(f"{fit} of {len(problems)} held-out problems have a reference and hidden checks", wrong=not fit)
