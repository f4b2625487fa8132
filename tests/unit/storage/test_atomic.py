"""A file is replaced whole or stays as it was."""

import pytest

from coderm.errors import StorageError
from coderm.storage.atomic import whole


def write(path, text, then=lambda: None):
    with whole(path) as temporary:
        temporary.write_text(text)
        then()


def fails():
    raise ValueError("row")


def fills_the_disk():
    with open("/dev/full", "w") as full:
        full.write("x")


def test_a_file_takes_its_name_at_the_end(tmp_path):
    path = tmp_path / "a.json"
    with whole(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_older_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(ValueError, match="row"):
        write(path, "half", fails)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["none/a.json", "file/a.json"])
def test_a_folder_that_cannot_hold_the_file_is_told_in_one_line(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"a\.json: cannot be written \(.*\); free some disk space, or give another folder"):
        write(tmp_path / name, "new")


def test_a_disk_that_refuses_in_the_block_is_told_too(tmp_path):
    with pytest.raises(StorageError, match=r"a\.json: cannot be written \(No space left on device\)"):
        write(tmp_path / "a.json", "half", fills_the_disk)
    assert list(tmp_path.iterdir()) == []
