"""The metrics of a run: each has a help text, a row in the documentation, and is recorded by a run with some trouble."""

import re
from collections import Counter
from pathlib import Path

import pytest
from crew import Crew
from test_conductor import conduct

from actors.meter import measure_to, record
from actors.worker import WorkerDied
from coderm.errors import SandboxLost
from coderm.scheduling.metrics import CALLS, METRICS, PAIRS, PROBLEMS, WORKERS_LOST

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def recorded():
    """What was recorded meanwhile, as (name, labels) with the sum of the values."""
    found: Counter = Counter()

    def sink(metric, value, labels):
        assert set(labels) == set(metric.labels), metric.name
        found[metric.name, *labels.values()] += value

    measure_to(sink)
    yield found
    measure_to(None)


def trouble(name, attempt):
    if "|policy|" in name and attempt == 1:
        return WorkerDied("engine gone")
    return SandboxLost("box died") if "|checks|" in name and attempt == 1 else None


def test_a_run_records_every_metric_with_its_labels(tmp_path, recorded):
    conduct(tmp_path, Crew(trouble=trouble)).progress("done")
    conduct(tmp_path, Crew()).progress("done")  # replayed
    assert {metric.name for metric in METRICS} == {name for name, *_ in recorded}
    assert recorded[PROBLEMS.name, "whole"] == 6
    assert recorded[CALLS.name, "engine", "lost"] == recorded[WORKERS_LOST.name, "engine"] == 3
    assert recorded[CALLS.name, "executors", "failed"] == 3
    assert sum(value for (name, *labels), value in recorded.items() if name == PAIRS.name and labels[0] == "checks") == 3 * 2 * 2


def test_nobody_listens_unless_told_to(tmp_path):
    record(PROBLEMS, end="whole")


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric_is_explained(metric):
    assert metric.help.endswith(".")
    assert re.fullmatch(r"coderm_run_[a-z_]+", metric.name)
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    assert f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |" in page
