"""What `coderm export` writes is read by the libraries that it is written for."""

import json

import pytest
from builders import UNLABELLED, a_config, a_result

from coderm.report.exporting.export import export
from coderm.report.summary import write_outputs
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory


@pytest.fixture
def run(tmp_path):
    files = RunDirectory(tmp_path / "run")
    files.root.mkdir()
    config = a_config(selection={"rule": "max_pass"})
    files.config.write_text(json.dumps(config.model_dump(mode="json") | {"identity": {}}))
    with Journal(files.journal) as journal:
        for result in (a_result(), a_result(2, **UNLABELLED)):
            journal.finish(result)
    write_outputs(files, config, 2)
    return files.root


def test_datasets_loads_each_table(run, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    export(run, "datasets", tmp_path / "data")
    found = {
        name: datasets.load_dataset(str(tmp_path / "data"), name, split="train", cache_dir=str(tmp_path / "cache"))
        for name in ("programs", "tests", "pairs")
    }
    assert {name: len(table) for name, table in found.items()} == {"programs": 8, "tests": 6, "pairs": 18}
    assert found["pairs"][1]["outcome"] == "failed"
    assert found["programs"][4]["correct"] is None


def test_evalplus_loads_the_samples(run, tmp_path):
    data = pytest.importorskip("evalplus.data")
    export(run, "evalplus", tmp_path / "samples.jsonl", every=True)
    found = list(data.load_solutions(str(tmp_path / "samples.jsonl")))
    assert [(row["task_id"], row["solution"]) for row in found[:2]] == [("p/0", "program a"), ("p/0", "program b")]
