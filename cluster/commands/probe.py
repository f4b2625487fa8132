"""`coderm probe train|eval`: reads data and hidden states, trains or applies a probe, prints a table and writes JSON."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coderm.errors import ConfigError
from coderm.messages.hidden_states import StateSpec, states_request
from coderm.probe.features.state_vectors import read_vectors
from coderm.probe.features.table import FeatureTable
from coderm.probe.model.storage import SHIPPED, load_probe, save_probe
from coderm.probe.settings import ProbeSettings, parse_settings
from coderm.probe.show import counter, describe, print_scores
from coderm.probe.training.cross_validation import applied, check_enough, compare, held_out
from coderm.probe.training.labelled_data import Labelled, labels_of, read_labelled
from coderm.probe.training.train import train_probe
from coderm.storage.atomic import write_json
from coderm.storage.jsonl import write_jsonl
from coderm.storage.writable import check_file, check_folder


@dataclass(frozen=True, slots=True)
class DataSources:
    """Where labelled candidates come from; `states`: file in which vectors are kept."""

    runs: Sequence[Path]
    files: Sequence[Path]
    states: Path | None = None

    def read(self) -> list[Labelled]:
        """Read all of it; raises DataError, ConfigError when nothing is named."""
        if not self.runs and not self.files:
            raise ConfigError("probe: no data is named; give --from RUN_DIR or --jsonl FILE")
        return read_labelled(self.runs, self.files)


def train(
    data: DataSources,
    also: DataSources | None,
    model: str | None,
    layers: Sequence[int],
    spec_fields: dict[str, Any],
    overrides: list[str],
    out: Path,
) -> int:
    """Cross-validate, train on everything, save probe and report. `spec_fields`: the other fields of StateSpec.

    also: programs to train on and not to score on.
    """
    spec = StateSpec(model, tuple(layers), **spec_fields) if model else None
    settings = parse_settings(overrides)
    if spec is None:
        settings = settings.model_copy(update={"families": tuple(name for name in settings.families if name != "states")})
    problems, others = data.read(), also.read() if also else []
    check_folder(out)
    labels = labels_of(problems)
    read = spec if "states" in settings.families else None
    table = _features(problems, read, data.states)
    further = (_features(others, read, data.states), labels_of(others)) if others else None
    predictors = compare(table, labels, settings, tell=counter("trainings"), also=further)
    report = {predictor.name: predictor.figures() for predictor in predictors}
    whole = (table.plus(further[0]), labels.plus(further[1])) if further else (table, labels)
    probe = train_probe(*whole, settings, report)
    save_probe(probe, out)
    title = f"held out by problem: {describe(labels)}"
    print_scores(title, predictors)
    write_json(out / "report.json", {"title": title, "rivals": report})
    _write_predicted(out / "predicted.jsonl", held_out(predictors, table, settings))
    print(f"the probe is in {out}; {len(probe.card.task_ids)} problems with a usable candidate, seed {settings.seed}")
    return 0


def evaluate(data: DataSources, directory: Path | None, report: Path | None, predicted: Path | None = None) -> int:
    """Apply a trained probe (None: the shipped one) to labelled candidates, beside the constant predictor of its training.

    predicted: where the predictions of its settings, cross-validated on these very problems, are written.
    """
    probe = load_probe(directory or SHIPPED)
    problems = data.read()
    for path in (report, predicted):
        if path is not None:
            check_file(path)
    labels = labels_of(problems)
    if predicted is not None:
        check_enough(item.observed.problem.task_id for item in problems)
    table = _features(problems, probe.card.spec, data.states)
    seen = len(set(probe.card.task_ids) & set(table.task_ids))
    if seen:
        print(f"coderm: {seen} of {len(problems)} problems are among those the probe was trained on", file=sys.stderr)
    predictors = applied(probe, table, labels, tell=counter("trainings"))
    title = f"{directory or 'the shipped probe'} on {describe(labels)}"
    print_scores(title, predictors)
    if predicted is not None:
        used = table.only(*probe.card.families)
        _write_predicted(predicted, held_out(predictors, used, ProbeSettings.model_validate(probe.card.settings)))
    if report is not None:
        found = {predictor.name: predictor.figures() for predictor in predictors}
        write_json(report, {"title": title, "seen_in_training": seen, "rivals": found})
    return 0


def _write_predicted(path: Path, rates: dict[str, float]) -> None:
    """Rows that `coderm study --predicted` reads."""
    write_jsonl(path, ({"task_id": task_id, "lambda": rate} for task_id, rate in rates.items()))
    print(f"held-out predictions of {len(rates)} problems are in {path}")


def _features(problems: Sequence[Labelled], spec: StateSpec | None, kept: Path | None) -> FeatureTable:
    observed = [item.observed for item in problems]
    if spec is None:
        return FeatureTable.of(observed)
    from coderm.generation.hidden_states.transformers import TransformersStates

    requests = [states_request(item.problem, item.programs, spec) for item in observed]
    vectors = read_vectors(TransformersStates(spec.model, spec.layers), requests, kept, counter("hidden states"))
    return FeatureTable.of(observed, spec, vectors)
