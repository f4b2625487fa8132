"""Loggers: what a tracker is told of a run, when, and that a tracker which fails costs the run nothing."""

import json

import pytest
from builders import a_config
from summaries import SUMMARY

from coderm.errors import ConfigError, EngineError
from coderm.messages.progress import Counters, Progress
from coderm.report.loggers.logging_run import PROGRESS_EVERY_S, LoggedRun, make_loggers
from coderm.report.loggers.told import figures_of, flat_settings, progress_of, tables_of

GAIN = {"mean": 0.1, "low": 0.0, "high": 0.2}
LABELLED = SUMMARY | {"best_of_n": {"max_pass": 0.5}, "intervals": {"max_pass": {"best_of_n": GAIN, "gain_over_pass_at_1": GAIN}}}
IDENTITY = {"seed": 0}


class Broken:
    """A tracker whose library raises at one event."""

    def __init__(self, at):
        self.at, self.events = at, []

    def _take(self, event):
        self.events.append(event)
        if event == self.at:
            raise ValueError("quota\nand a trace")

    def start(self, run):
        self._take("start")

    def progress(self, values):
        self._take("progress")

    def finish(self, figures, tables):
        self._take("finish")

    def close(self, *, failed):
        self._take("close")


def logged(folder, loggers=None, *, ends=None, progresses=1, clock=lambda: 0.0):
    """Log one run and return what was told to the user, and the lines of `log.jsonl`."""
    config = a_config(loggers={"to": ["jsonl"]})
    told: list[str] = []
    run = LoggedRun(loggers or make_loggers(config.loggers), told.append, clock)
    with run.going_on(config.loggers, folder, IDENTITY, config.model_dump(mode="json")):
        for number in range(progresses):
            run.progress(Progress(Counters(problems=4, problems_done=number), "running", {"execution": 2.0}))
        if ends:
            raise ends
        run.finish(LABELLED)
    return told


def lines(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_a_run_tells_its_settings_progress_figures_and_end(tmp_path):
    assert logged(tmp_path) == []
    start, progress, finish, close = lines(tmp_path)
    assert (start["project"], start["name"], start["settings"]["budget.per_problem"]) == ("coderm", tmp_path.name, 100)
    assert not [name for name in start["settings"] if name.startswith("loggers")]
    assert progress["values"]["progress/problems"] == 0.0
    assert finish["figures"]["best_of_n/max_pass"] == 0.5
    assert finish["tables"] == [
        {
            "name": "rules",
            "columns": ["rule", "best_of_n", "gain_over_pass_at_1", "low", "high"],
            "rows": [["max_pass", 0.5, 0.1, 0.0, 0.2]],
        }
    ]
    assert close == {"event": "close", "failed": False}


def test_a_run_that_fails_is_closed_as_one_and_its_resumption_has_the_same_key(tmp_path):
    with pytest.raises(EngineError):
        logged(tmp_path, ends=EngineError("gone; start it"))
    assert lines(tmp_path)[-1] == {"event": "close", "failed": True}
    logged(tmp_path)
    first, second = (line["key"] for line in lines(tmp_path) if line["event"] == "start")
    assert first == second


def test_progress_is_told_now_and_then(tmp_path):
    times = iter([0.0, 0.0, 1.0, PROGRESS_EVERY_S, PROGRESS_EVERY_S])
    logged(tmp_path, progresses=3, clock=lambda: next(times))
    assert [line["values"]["progress/problems"] for line in lines(tmp_path) if line["event"] == "progress"] == [0.0, 2.0]


@pytest.mark.parametrize("at", ["start", "progress", "finish", "close"])
def test_a_tracker_that_fails_is_told_of_once_and_asked_nothing_more(tmp_path, at):
    broken, whole = Broken(at), Broken("")
    (told,) = logged(tmp_path, {"broken": broken, "whole": whole})
    assert told == "coderm: the logger broken gave up (quota); the run goes on without it, its figures are in summary.json"
    assert broken.events[-1] == at
    assert whole.events == ["start", "progress", "finish", "close"]


@pytest.mark.parametrize("name", ["wandb", "mlflow"])
def test_a_library_that_is_missing_is_named_before_anything_starts(name):
    try:
        __import__(name)
    except ImportError:
        with pytest.raises(ConfigError, match=f"loggers.to names {name}, and {name} is missing; pip install {name}"):
            make_loggers(a_config(loggers={"to": [name]}).loggers)
    else:
        pytest.skip(f"{name} is installed here")


def test_only_numbers_are_figures():
    found = figures_of(SUMMARY)
    assert found["pass_at_n"] == 0.5
    assert found["outcomes/passed"] == 3.0
    assert "rule" not in found
    assert figures_of({"a": float("nan"), "b": True, "c": None}) == {}
    assert tables_of(SUMMARY) == ()
    assert flat_settings({"a": {"b": {}, "c": 1}, "loggers": {"to": []}}) == {"a.b": {}, "a.c": 1}
    assert progress_of(Progress(Counters(lost=2), "running", {"execution": 1.0}))["progress/seconds/execution"] == 1.0
