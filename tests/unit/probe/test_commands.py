"""`coderm probe`: trains on a file, says what it found, and its probe is scored by the same command line."""

import json

import pytest
from features import program
from tiny import make_model

from launch import main

SMALL = ["--set", "epochs=20", "--set", "members=2", "--set", "width=2"]
TINY = ["--set", "epochs=1", "--set", "members=2", "--set", "width=1"]
"""Where nothing that is learned matters."""


@pytest.fixture
def data(tmp_path):
    """Hard problems have programs that differ."""
    rows = [
        {
            "task_id": f"p/{n}",
            "prompt": "def f(x):\n",
            "candidates": [program(copy if n % 2 else 0) for copy in range(4)],
            "correct": [n % 2 == 0] * 4,
        }
        for n in range(20)
    ]
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def coderm(monkeypatch, capsys):
    """Run one command without taking over this process's signals; return its code and what it printed."""
    monkeypatch.setattr("signal.signal", lambda *_: None)

    def run(*words):
        code = main([str(word) for word in words])
        out = capsys.readouterr()
        return code, out.out, out.err

    return run


@pytest.mark.slow
def test_without_a_model_a_probe_of_cheap_features_is_trained_and_scored(coderm, data, tmp_path):
    code, out, err = coderm("probe", "train", "--jsonl", data, "--out", tmp_path / "probe", *SMALL)
    assert code == 0, err
    assert "trainings: 15/15" in err
    assert "cheap" in out
    report = json.loads((tmp_path / "probe/report.json").read_text())["rivals"]
    assert list(report) == ["constant", "cheap", "perfect"]
    assert report["cheap"]["log_loss"] < report["constant"]["log_loss"]
    assert report["constant"]["gain"]["mean"] == 0
    code, out, err = coderm("probe", "eval", "--probe", tmp_path / "probe", "--jsonl", data, "--json", tmp_path / "eval.json")
    assert code == 0
    assert "20 of 20 problems are among those the probe was trained on" in err
    told = json.loads((tmp_path / "eval.json").read_text())
    assert not (tmp_path / "out.jsonl").exists()
    assert coderm("probe", "eval", "--probe", tmp_path / "probe", "--jsonl", data, "--predicted", tmp_path / "out.jsonl")[0] == 0
    for path in (tmp_path / "out.jsonl", tmp_path / "probe/predicted.jsonl"):
        rates = {row["task_id"]: row["lambda"] for row in map(json.loads, path.read_text().splitlines())}
        assert set(rates) == {f"p/{number}" for number in range(20)}
        assert all(0 < rate < 1 for rate in rates.values())
    assert told["seen_in_training"] == 20
    assert told["rivals"]["probe"]["log_loss"] < told["rivals"]["training mean"]["log_loss"]


@pytest.mark.slow
def test_hidden_states_are_read_once_and_the_probe_names_what_it_read(coderm, data, tmp_path):
    model = make_model(tmp_path / "tiny")
    asked = ["--jsonl", data, "--model", model, "--layers", "1", "-1", "--states", tmp_path / "states.npz", *TINY]
    code, out, err = coderm("probe", "train", *asked, "--out", tmp_path / "one")
    assert code == 0, err
    assert "hidden states: 20/20" in err
    assert "states+cheap" in out
    card = json.loads((tmp_path / "one/probe.json").read_text())
    assert card["spec"]["model"] == model
    assert (card["spec"]["layers"], card["state_width"]) == ([1, -1], 16)
    coderm("probe", "train", *asked, "--out", tmp_path / "two")
    assert (tmp_path / "one/probe.safetensors").read_bytes() == (tmp_path / "two/probe.safetensors").read_bytes()
    code, out, _ = coderm("probe", "eval", "--probe", tmp_path / "one", "--jsonl", data)
    assert code == 0


@pytest.mark.slow
def test_what_cannot_be_written_is_told_before_the_work_begins(coderm, data, tmp_path):
    model = make_model(tmp_path / "tiny")
    states = ["--jsonl", data, "--model", model, "--states", tmp_path / "states.npz", *TINY]
    assert coderm("probe", "train", *states, "--layers", "1", "--out", tmp_path / "one")[0] == 0
    before = (tmp_path / "states.npz").read_bytes()
    code, _, err = coderm("probe", "train", *states, "--layers", "1", "2", "--out", tmp_path / "two")
    assert code == 2
    assert "--states" in err
    assert len(err.strip().splitlines()) == 1
    assert (tmp_path / "states.npz").read_bytes() == before
    (tmp_path / "file").touch()
    code, _, err = coderm("probe", "train", "--jsonl", data, "--out", tmp_path / "file" / "probe", *TINY)
    assert code == 3
    assert "trainings" not in err
    for option in ("--json", "--predicted"):
        code, out, err = coderm("probe", "eval", "--probe", tmp_path / "one", "--jsonl", data, option, tmp_path / "none" / "out")
        assert (code, out) == (3, "")
        assert len(err.strip().splitlines()) == 1


@pytest.mark.slow
def test_too_few_problems_for_predictions_are_told_before_the_work_begins(coderm, data, tmp_path):
    assert coderm("probe", "train", "--jsonl", data, "--out", tmp_path / "probe", *TINY)[0] == 0
    few = tmp_path / "few.jsonl"
    few.write_text("".join(line + "\n" for line in data.read_text().splitlines()[:5]))
    code, out, err = coderm("probe", "eval", "--probe", tmp_path / "probe", "--jsonl", few, "--predicted", tmp_path / "out")
    assert (code, out) == (2, "")
    assert "5 problems are too few" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "x"], "give --from RUN_DIR or --jsonl FILE"),
        (["--jsonl", "none.jsonl", "--out", "x"], "none.jsonl: no such file"),
        (["--jsonl", "none.jsonl", "--out", "x", "--set", "depth=3"], "depth"),
        (["--jsonl", "none.jsonl", "--out", "x", "--model", "m", "--layers", "3", "3"], "each once"),
        (["--from", "none", "--out", "x"], "no run directory"),
    ],
)
def test_mistakes_exit_2_with_one_line(coderm, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    code, _, err = coderm("probe", "train", *words)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "x").exists()
