"""Portions of cases: a frame that names their parts, then the bytes of the parts, each put into a sealed file in memory.

All programs read one file, each through a description of its own; none can change it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..confinement.watch import Interrupted
from ..grading.sealed_store import seal
from ..transport.frames import FrameError, read_frame

CHUNK = 1 << 20
MAX_PARTS = 160
"""Most parts of a portion: each takes a descriptor, of which a process has 256."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Cases to run by `programs`. A case is its number and the places in `files` of its input and of its further files."""

    cases: list[tuple[int, list[int]]]
    programs: list[int]
    files: list[int]


@contextmanager
def next_portion(inbound: int) -> Iterator[Portion]:
    """Read a portion; one without cases is the last. Its files are closed behind it. Raises FrameError; Interrupted
    when a cancel comes in its place.
    """
    message = read_frame(inbound)
    if message is not None and message.get("type") == "cancel":
        raise Interrupted
    if message is None or len(message["parts"]) > MAX_PARTS:
        raise FrameError("no portion of cases came")
    files = [_file(inbound, int(size)) for size in message["parts"]]
    try:
        yield Portion([(int(number), list(parts)) for number, parts in message["cases"]], message["programs"], files)
    finally:
        for fd in files:
            os.close(fd)


def reopened(fd: int) -> int:
    """Return a descriptor of a file in memory that reads from its start."""
    return os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_CLOEXEC)


def _file(inbound: int, size: int) -> int:
    fd = os.memfd_create("input", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.fchmod(fd, 0o444)
    while size:
        data = memoryview(os.read(inbound, min(size, CHUNK)))
        if not data:
            raise FrameError("the stream ended inside a case")
        size -= len(data)
        while data:
            data = data[os.write(fd, data) :]
    seal(fd)
    return fd
