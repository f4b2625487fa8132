"""Trains: the same function in one process, in each process of `accelerate launch`, and in each worker of Ray Train.

Rows are measured first. The process that comes first looks for a checkpoint and removes half-written ones, the others wait. What is
exported is measured against what was trained.
"""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coderm.config.training import TrainConfig
from coderm.storage.atomic import write_json, write_text
from coderm.training.card import model_card
from coderm.training.checkpoints import Checkpoint, newest
from coderm.training.export import ADAPTER, MODEL, export_full, export_lora
from coderm.training.faults import disk_faults
from coderm.training.fidelity import Fidelity
from coderm.training.following import Following, Tell, make_follower
from coderm.training.identity import identity_of
from coderm.training.loading import Source, check_adapter, load_model, load_source, quiet
from coderm.training.measurement import PREFIX, Measurement, told
from coderm.training.measuring import Measured, check_some, measure
from coderm.training.movement import Movement, check_same, digest_of, moved, sample_weights, trained_weights
from coderm.training.recipe import make_trainer, sft_config, world_size
from coderm.training.report import Trained, tell_result
from coderm.training.requirements import check_devices
from coderm.training.rows import LeftOut, read_examples, split

CHECKPOINTS = "checkpoints"
ROWS = "rows.json"
REPORT = "report.json"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is known before anything is loaded: rows of both sides, and the training's identity."""

    source: Source
    rows: Measured
    held_out: Measured
    identity: str
    learnt: frozenset[str]
    """Tasks of the rows."""


def prepare(config: TrainConfig) -> Prepared:
    """Read, render and measure all rows. Raises InputError or DataError with the remedy when none is left."""
    source = load_source(config)
    left_out, held_left_out = LeftOut(), LeftOut()
    examples = list(read_examples(Path(config.data.path), left_out))
    if config.data.held_out:
        held = list(read_examples(Path(config.data.held_out), held_left_out))
    else:
        examples, held = split(examples, config.data.held_out_share, config.seed)
    rows = measure(examples, source.renderer, config.data.max_length, left_out)
    check_some(rows, config.data.path, config.data.max_length)
    held_out = measure(held, source.renderer, config.data.max_length, held_left_out)
    learnt = frozenset(example.task_id for example in examples)
    return Prepared(source, rows, held_out, identity_of(config, rows, held_out, source.path), learnt)


def fit(config: TrainConfig, out: Path, tell: Tell) -> dict[str, Any] | None:
    """Train, export and return the report, which is in `out` too; None in processes beside the main one.

    Goes on from the newest whole checkpoint. Raises TrainingError when no weight moved, or when the export is another model;
    StorageError for checkpoints of another training, or a full disk.
    """
    check_devices(world_size())
    prepared = prepare(config)
    settings = sft_config(config, out / CHECKPOINTS, evaluate=bool(prepared.held_out.rows))
    with settings.main_process_first(local=False):
        checkpoint = newest(out / CHECKPOINTS, prepared.identity)
    settings.eval_on_start = checkpoint is None and bool(prepared.held_out.rows)
    if finished := _finished(out, prepared.identity):
        if settings.process_index == 0:
            tell(f"was trained before, with this config and these rows; {out / REPORT} has the figures")
        return finished
    if settings.process_index == 0:
        _tell_rows(prepared, checkpoint, tell)
        figures = {"learnt": prepared.rows.figures(), "held_out": prepared.held_out.figures()}
        write_json(out / ROWS, {"identity": prepared.identity, **figures})
    model = load_model(prepared.source.path, config.model)
    check_adapter(config, model)
    with quiet(), disk_faults(out):
        trainer = make_trainer(config, prepared.source, model, prepared.rows, prepared.held_out, settings)
        measurement = _measurement(config, prepared, trainer.accelerator, tell)
        return _Run(config, prepared, trainer, checkpoint, out, tell, measurement).run()


@dataclass(frozen=True, slots=True)
class _Run:
    """A training with everything loaded."""

    config: TrainConfig
    prepared: Prepared
    trainer: Any
    checkpoint: Checkpoint | None
    out: Path
    tell: Tell
    measurement: Measurement | None

    def run(self) -> dict[str, Any] | None:
        """Train, measure, export. Nothing is evaluated before: the trainer would then not spread its gradients over the workers."""
        from accelerate.utils import gather_object

        trainer = self.trainer
        start = sample_weights(trained_weights(trainer.model))
        wait, every = trainer.accelerator.wait_for_everyone, self.config.quality.every_steps
        measure = None if self.measurement is None else self._quality
        trainer.add_callback(make_follower(Following(self.prepared.identity, self.out, self.tell, wait, measure, every)))
        trainer.train(resume_from_checkpoint=None if self.checkpoint is None else str(self.checkpoint.path))
        if trainer.eval_dataset is not None and not _evaluated_last(trainer.state):
            trainer.evaluate()
        end = sample_weights(trained_weights(trainer.model))
        check_same(gather_object([digest_of(end)]))
        if not trainer.is_world_process_zero():
            return None
        return self._report(moved(start, end), self._exported())

    def _quality(self) -> dict[str, Any]:
        """Measure the model as it is."""
        assert self.measurement is not None
        found = self.measurement(self.trainer.model)
        self._say(f"tests written: {told(found)}")
        return found

    def _say(self, line: str) -> None:
        if self.trainer.is_world_process_zero():
            self.tell(line)

    def _exported(self) -> Fidelity:
        export = export_lora if self.config.method.type == "lora" else export_full
        rows = self.prepared.held_out.rows or self.prepared.rows.rows
        self._release()
        return export(self.trainer.model, self.prepared.source, self.config, self.out, rows)

    def _release(self) -> None:
        """Free gradients and moments: three quarters of the memory, which the models that are compared want."""
        self.trainer.model.zero_grad(set_to_none=True)
        self.trainer.optimizer = self.trainer.lr_scheduler = None
        self.trainer.accelerator.free_memory()

    def _report(self, movement: Movement, fidelity: Fidelity) -> dict[str, Any]:
        losses = {row["step"]: row["eval_loss"] for row in self.trainer.state.log_history if "eval_loss" in row}
        trained = Trained(
            self.prepared.identity,
            self.trainer.state.global_step,
            0 if self.checkpoint is None else self.checkpoint.step,
            self.prepared.rows.figures(),
            movement,
            fidelity,
            tuple(losses.items()),
            tuple((row["step"], _figures(row)) for row in self.trainer.state.log_history if PREFIX + "texts" in row),
        )
        tell_result(trained, self.tell)
        report = dataclasses.asdict(trained)
        for name in (MODEL, ADAPTER) if self.config.method.type == "lora" else (MODEL,):
            write_text(self.out / name / "README.md", model_card(self.config, report, adapter=name == ADAPTER))
        write_json(self.out / REPORT, report)
        return report


def _measurement(config: TrainConfig, prepared: Prepared, accelerator: Any, tell: Tell) -> Measurement | None:
    """Find who judges tests, before anything is trained; None where test quality is not measured."""
    from accelerate.utils import gather_object

    if config.quality.problems is None:
        return None
    learnt, place = set(prepared.learnt), (accelerator.process_index, accelerator.num_processes)
    measurement = Measurement(config, prepared.source.renderer, learnt, *place, gather_object, tell)
    measurement.find()
    return measurement


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name.startswith(PREFIX)}


def _evaluated_last(state: Any) -> bool:
    return any("eval_loss" in row and row["step"] == state.global_step for row in state.log_history)


def _finished(out: Path, identity: str) -> dict[str, Any] | None:
    """Return the report of this very training, where its model was written too."""
    report = _read_json(out / REPORT)
    return report if report.get("identity") == identity and (out / MODEL / "config.json").is_file() else None


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _tell_rows(prepared: Prepared, checkpoint: Checkpoint | None, tell: Tell) -> None:
    for what, found in (("learnt", prepared.rows), ("held out", prepared.held_out)):
        reasons = "".join(f", {count} {reason}" for reason, count in sorted(found.left_out.reasons.items()))
        tell(f"rows {what}: {len(found.rows):,} with {found.tokens:,} tokens, {found.learnt:,} of them answers; none cut{reasons}")
    if checkpoint is not None:
        tell(f"goes on after step {checkpoint.step} from {checkpoint.path}")
