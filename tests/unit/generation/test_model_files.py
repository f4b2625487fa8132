"""A model that cannot be loaded is named with the remedy, within seconds."""

import os
import re
import subprocess
import sys
import time

import pytest

from coderm.errors import ModelError, StorageError
from coderm.generation.model_files import cache_dir, embedded_model, resolve_model


@pytest.fixture
def directory(tmp_path):
    path = tmp_path / "model"
    path.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (path / name).write_text("{}")
    return path


def test_a_complete_directory_is_its_own_absolute_path(directory, monkeypatch):
    monkeypatch.chdir(directory.parent)
    assert resolve_model(str(directory)) == resolve_model("model") == resolve_model("./model") == str(directory)


@pytest.mark.parametrize(
    ("gone", "said"), [("config.json", "no config"), ("model.safetensors", "no weights"), ("tokenizer.json", "no tok")]
)
def test_an_incomplete_directory_is_told_what_it_lacks(directory, gone, said):
    (directory / gone).unlink()
    with pytest.raises(ModelError, match=said):
        resolve_model(str(directory))


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(ModelError, match="none: no such directory"):
        resolve_model(str(tmp_path / "none"))


def test_a_name_that_can_be_nothing_is_refused():
    with pytest.raises(ModelError, match="neither a directory nor a hub id"):
        resolve_model("a/b/c")


def test_a_hub_id_without_network_fails_in_seconds_and_says_how_to_fetch(tmp_path):
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    program = "from coderm.generation.model_files import resolve_model; resolve_model('owner/name')"
    started = time.monotonic()
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert re.search("ModelError: model owner/name: .*hf download owner/name .*smollm2", run.stderr)
    assert time.monotonic() - started < 30


def test_the_cache_follows_xdg_cache_home(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "coderm" / "models"


def test_a_cache_that_cannot_be_written_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises((StorageError, ModelError), match="smollm2"):
        embedded_model()
