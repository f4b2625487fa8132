"""Lines appended to a file: all or none, and nothing torn stays."""

import resource

import pytest

from coderm.storage.appending import append_lines


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "lines.jsonl"


def test_lines_come_one_after_the_other(path):
    append_lines(path, b"1\n")
    append_lines(path, b"2\n3\n")
    assert path.read_bytes() == b"1\n2\n3\n"


@pytest.mark.parametrize("torn", [b'{"half": ', b"x" * 200_000])
def test_what_a_kill_tore_is_cut_off(path, torn):
    append_lines(path, b"1\n")
    with path.open("ab") as file:
        file.write(torn)
    append_lines(path, b"2\n")
    assert path.read_bytes() == b"1\n2\n"


def test_a_file_of_one_torn_line_begins_anew(path):
    path.parent.mkdir()
    path.write_bytes(b"x" * 100_000)
    append_lines(path, b"1\n")
    assert path.read_bytes() == b"1\n"


def test_a_disk_without_room_takes_all_or_nothing(path):
    append_lines(path, b"1\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            append_lines(path, b"y" * 5000 + b"\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"1\n"
    append_lines(path, b"2\n")
    assert path.read_bytes() == b"1\n2\n"
