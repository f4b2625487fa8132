"""Has the kernel put the heap of this process into large pages: a fork then copies their table entries many at a time.

Forks still copy what they write in small pages. A kernel that cannot do it leaves everything as it is.
"""

import ctypes
from collections.abc import Iterator

MADV_COLLAPSE = 25
LARGE = 1 << 21
"""Bytes of a large page."""
_madvise = ctypes.CDLL(None, use_errno=True).madvise
_madvise.argtypes = (ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int)


def use_large_pages() -> None:
    """Collapse what lies in whole large pages of the heap."""
    for start, end in list(_heap()):
        first, last = -(-start // LARGE) * LARGE, end // LARGE * LARGE
        if first < last:
            _madvise(first, last - first, MADV_COLLAPSE)


def _heap() -> Iterator[tuple[int, int]]:
    """Yield start and end of the writable memory that belongs to no file."""
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
        for line in file:
            place, rights, *_, inode, name = (*line.split(maxsplit=5), "")[:6]
            if rights.startswith("rw-p") and inode == "0" and name.strip() in ("", "[heap]"):
                start, _, end = place.partition("-")
                yield int(start, 16), int(end, 16)
