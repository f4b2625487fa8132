"""`--dry-run`: sizes, memory and hours are worked out, and what can be checked is."""

import pytest
from trainings import ROOT, write

from coderm.config.loader import load_train_config
from coderm.training.forecast import GIB, Rows, forecast, shape_of
from launch import main

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
RECIPE = ROOT / "examples" / "train_coderm8b.toml"
LORA = ["method.type=lora", "model.dtype=bfloat16"]


def planned(*overrides):
    config = load_train_config(RECIPE, list(overrides), {})
    return config, shape_of(config, config.model.name)


def test_the_full_recipe_needs_large_gpus_and_lora_fits_a_small_one():
    config, shape = planned()
    assert shape.weights == shape.trained == 8_030_261_248
    full = forecast(config, shape, Rows(60_000, 72_000_000))
    assert 16 * shape.weights / GIB < full.memory / GIB < 141
    assert full.steps == 439
    config, shape = planned(*LORA)
    assert shape.trained == shape.adapters == 41_943_040
    lora = forecast(config, shape, Rows(60_000, 72_000_000))
    assert 15 < lora.memory / GIB < 24
    assert lora.hours < full.hours


def test_more_workers_take_less_time_and_longer_rows_more_memory():
    one, shape = planned("workers.count=1")
    two, _ = planned("workers.count=2", "data.max_length=8192")
    rows = Rows(60_000, 72_000_000)
    assert forecast(two, shape, rows).hours == pytest.approx(forecast(one, shape, rows).hours / 2, rel=1e-2)
    assert forecast(two, shape, rows).memory > forecast(one, shape, rows).memory


def test_the_plan_measures_rows_that_are_there_and_trains_nothing(tmp_path, capsys):
    config = write(tmp_path)
    assert main(["train", str(config), "--out", str(tmp_path / "out"), "--dry-run", "--set", "data.max_length=44"]) == 0
    told = capsys.readouterr().out
    assert "rows are left out, none is cut" in told
    assert "test quality is not measured: quality.problems names no problems" in told
    assert told.endswith("nothing was trained\n")
    assert not (tmp_path / "out").exists()


def test_the_plan_says_how_long_test_quality_is_measured(tmp_path, capsys):
    config = write(tmp_path)
    given = "every_steps=4", "batch=8", 'problems={source="starter", limit=3}', "sampling.max_tokens=100"
    words = [word for setting in given for word in ("--set", f"quality.{setting}")]
    assert main(["train", str(config), "--out", str(tmp_path / "out"), "--dry-run", *words]) == 0
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "12 tests of 3 problems 4 measurements, each at" in told
    assert "200 decoding steps" in told
    assert "3 of 3 held-out problems have a reference and hidden checks" in told
