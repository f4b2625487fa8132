"""A checkpoint counts when it is whole and of this training; what is half written is removed."""

import pytest

from coderm.errors import StorageError
from coderm.training.checkpoints import MARK, mark_whole, newest


def checkpoint(directory, step, identity="mine", *, whole=True):
    path = directory / f"checkpoint-{step}"
    path.mkdir(parents=True)
    (path / "model.safetensors").write_bytes(b"weights")
    if whole:
        mark_whole(path, identity)
    return path


def test_the_newest_whole_one_is_taken_by_its_step(tmp_path):
    checkpoint(tmp_path, 9)
    assert newest(tmp_path, "mine").step == 9
    checkpoint(tmp_path, 10)
    assert newest(tmp_path, "mine").path.name == "checkpoint-10"
    assert newest(tmp_path / "none", "mine") is None


def test_half_written_ones_are_removed_and_an_older_whole_one_is_taken(tmp_path):
    checkpoint(tmp_path, 3)
    half = checkpoint(tmp_path, 6, whole=False)
    cut = checkpoint(tmp_path, 9)
    (cut / "model.safetensors").write_bytes(b"w")
    torn = checkpoint(tmp_path, 12)
    (torn / MARK).write_text('{"identity": "mi')
    assert newest(tmp_path, "mine").step == 3
    assert not half.exists()
    assert not cut.exists()
    assert not torn.exists()


def test_one_of_another_config_is_refused_in_one_line_and_stays(tmp_path):
    path = checkpoint(tmp_path, 3, "other")
    with pytest.raises(StorageError, match="is a checkpoint of another config or other rows; give another --out"):
        newest(tmp_path, "mine")
    assert path.is_dir()


def test_other_names_are_left_alone(tmp_path):
    (tmp_path / "checkpoint-old").mkdir()
    (tmp_path / "checkpoint-3").write_text("a file")
    assert newest(tmp_path, "mine") is None
    assert len(list(tmp_path.iterdir())) == 2
