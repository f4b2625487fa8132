"""On a full disk a build ends with one line, and goes on once there is room."""

import subprocess
from pathlib import Path

import pytest

from coderm.errors import StorageError

from .test_build import build, source

__all__ = ["source"]


@pytest.fixture
def small_disk(tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)  # fails when a file was left open


@pytest.mark.parametrize("left", [4, 96, 160])
def test_a_build_on_a_full_disk_ends_in_one_line_and_goes_on_with_room(source: Path, small_disk: Path, tmp_path: Path, left: int):
    whole = build(source, tmp_path / "whole")
    filler = small_disk / "filler"
    filler.write_bytes(bytes((1024 - left) * 1024))
    with pytest.raises(StorageError) as caught:
        build(source, small_disk / "out")
    assert "free some disk space" in caught.value.message
    assert "\n" not in caught.value.message
    filler.unlink()
    assert build(source, small_disk / "out")["dataset_sha256"] == whole["dataset_sha256"]
