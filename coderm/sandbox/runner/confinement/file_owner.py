"""Lets a process work on the files of another uid and stay out of its reach.

The kernel decides about files by the file system uid, and about signals, ptrace, /proc and priorities by the others. Only a
capability can set the one apart from the others, so it is kept a moment longer than uid 0.
"""

import ctypes
import os
import struct

PR_SET_KEEPCAPS = 8
CAPABILITY_VERSION = 0x20080522
SETUID = 1 << 7
_libc = ctypes.CDLL(None, use_errno=True)
_prctl, _capset, _setfsuid = _libc.prctl, _libc.capset, _libc.setfsuid
_setfsuid(-1)  # changes nothing; a fork that makes the first call of its library pays for it


def use_files_of(owner: int, uid: int) -> None:
    """Become `uid` for good, without any capability, but with the files of `owner`. Needs uid 0 and SETUID. Raises OSError."""
    _checked(_prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
    os.setresuid(uid, uid, uid)
    _set_capabilities(SETUID)
    _setfsuid(owner)
    if _setfsuid(-1) != owner:  # a runtime without it: the owner may then slow this process down, and no more
        os.setresuid(uid, owner, uid)
    _set_capabilities(0)


def _set_capabilities(wanted: int) -> None:
    header = struct.pack("Ii", CAPABILITY_VERSION, 0)
    _checked(_capset(header, struct.pack("6I", wanted, wanted, 0, 0, 0, 0)))


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "a capability of the box")
