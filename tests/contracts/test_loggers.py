"""What the loggers tell reaches the real trackers: Weights & Biases offline, MLflow in a database of this folder."""

import json
import time
from pathlib import Path

import pytest
from builders import a_config
from summaries import SUMMARY

from coderm.errors import EngineError
from coderm.messages.progress import Counters, Progress
from coderm.report.loggers.logging_run import LoggedRun, make_loggers

GAIN = {"mean": 0.1, "low": 0.0, "high": 0.2}
RULE = "max_pass + examples"
LABELLED = SUMMARY | {"best_of_n": {RULE: 0.5}, "intervals": {RULE: {"best_of_n": GAIN, "gain_over_pass_at_1": GAIN}}}


def logged(name, folder, *, ends=None):
    config = a_config(loggers={"to": [name], "name": "a run"})
    told: list[str] = []
    run = LoggedRun(make_loggers(config.loggers), told.append)
    with run.going_on(config.loggers, folder, {"seed": 0}, config.model_dump(mode="json")):
        run.progress(Progress(Counters(problems=4, problems_done=1), "running", {"execution": 2.0}))
        if ends:
            raise ends
        run.finish(LABELLED)
    assert told == []


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """The runs that MLflow holds."""
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    monkeypatch.chdir(tmp_path)

    def runs():
        client = mlflow.MlflowClient()
        return client, client.search_runs([client.get_experiment_by_name("coderm").experiment_id])

    return runs


@pytest.mark.filterwarnings("ignore")
def test_mlflow_has_settings_progress_figures_and_the_table(stored, tmp_path):
    logged("mlflow", tmp_path)
    client, (run,) = stored()
    assert (run.info.run_name, run.info.status) == ("a run", "FINISHED")
    assert run.data.params["budget.per_problem"] == "100"
    assert run.data.metrics["best_of_n/max_pass _ examples"] == 0.5
    assert run.data.metrics["progress/problems"] == 1.0
    table = json.loads(Path(client.download_artifacts(run.info.run_id, "rules.json", str(tmp_path))).read_text())
    assert table["data"] == [[RULE, 0.5, 0.1, 0.0, 0.2]]


@pytest.mark.filterwarnings("ignore")
def test_mlflow_goes_on_with_a_run_that_failed(stored, tmp_path):
    with pytest.raises(EngineError):
        logged("mlflow", tmp_path, ends=EngineError("gone; start it"))
    assert [run.info.status for run in stored()[1]] == ["FAILED"]
    logged("mlflow", tmp_path)
    assert [run.info.status for run in stored()[1]] == ["FINISHED"]


@pytest.mark.filterwarnings("ignore")
def test_wandb_keeps_a_run_in_the_run_directory(tmp_path, monkeypatch):
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    logged("wandb", tmp_path)
    (file,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    words = (b"best_of_n/max_pass + examples", b"budget.per_problem", b"progress/problems", b"rules")
    deadline = time.monotonic() + 60
    while [word for word in words if word not in file.read_bytes()]:  # the library writes on after its run is finished
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (table,) = tmp_path.glob("wandb/offline-run-*/files/media/table/rules*.json")
    assert json.loads(table.read_text())["data"] == [[RULE, 0.5, 0.1, 0.0, 0.2]]
