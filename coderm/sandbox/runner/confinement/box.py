"""What separates a pair from the server: a uid of its own inside a container, or nothing but rlimits outside of one.

A box enters (in the child), kills what a pair left and wipes the scratch directory (in the parent). `serial` numbers the processes
of a server, so that no two neighbours share a uid. The two processes of a pair share the scratch directory: all files there belong
to one of them, and the other one accesses files in its name.
"""

import contextlib
import functools
import os
import signal
import tempfile
from typing import Protocol

from ..constants import UIDS
from .file_owner import use_files_of
from .limits import PairLimits, apply_limits
from .login import fix_login
from .process_tree import kill_descendants

KILLER_UID = 65_533
"""Real uid of the process that kills a pair's uid, so that the pair cannot signal it."""
SHARED_MEMORY = "/dev/shm"
"""Where libc keeps semaphores and shared memory. It leads to the scratch directory, and so is wiped and counted with it."""
SWEEP = "chmod -Rf u+rwx . 2>/dev/null ; exec find . -mindepth 1 -delete 2>/dev/null"


class BoxFault(Exception):
    """The box does not hold any more; the server must not go on."""


class Box(Protocol):
    """Confinement of one server's pairs."""

    scratch: str

    def enter(self, limits: PairLimits, baseline: int, serial: int, owner: int) -> None:
        """Confine the calling child for good; its files are those of the serial `owner`."""

    def kill_rest(self, serial: int) -> None:
        """Send SIGKILL to every process the pair left."""

    def wipe(self, *serials: int) -> None:
        """Empty the scratch directory of the files of these pairs; BoxFault when that fails."""


class UidBox:
    """Inside the container: each pair has its own uid and no capability; needs SETUID, SETGID and KILL."""

    def __init__(self, scratch: str, uid_base: int) -> None:
        fix_login()
        self.scratch = scratch
        self._uid_base = uid_base
        with contextlib.suppress(OSError):  # then there is no shared memory
            os.symlink(scratch, SHARED_MEMORY)

    def enter(self, limits: PairLimits, baseline: int, serial: int, owner: int) -> None:
        """Become a fresh uid under the limits; the kernel drops every capability with uid 0."""
        file = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(file, b"1000")  # the kernel takes a pair before the server
        os.close(file)
        uid = self._uid(serial)
        _use(self.scratch)
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        apply_limits(limits, baseline, count_processes=True)
        if owner == serial:
            os.setresuid(uid, uid, uid)
        else:
            use_files_of(self._uid(owner), uid)
            os.access = functools.partial(os.access, effective_ids=True)  # the real uid owns no file

    def kill_rest(self, serial: int) -> None:
        """Kill all processes of the uid at once: kill(-1) outruns a fork bomb, a walk does not.

        Reaps the killer: what killing costs is not the pair's CPU time.
        """
        killer = os.fork()
        if killer == 0:
            try:
                os.setresuid(KILLER_UID, self._uid(serial), KILLER_UID)
                os.kill(-1, signal.SIGKILL)
            finally:
                os._exit(0)
        os.waitpid(killer, 0)

    def wipe(self, *serials: int) -> None:
        """Empty the scratch directory; its sub-directories need their owner's uid, and may hold those of another."""
        if not os.listdir(self.scratch):
            return
        _unlink_files(self.scratch)
        for serial in (*serials, *serials):
            if os.listdir(self.scratch):
                _sweep(self.scratch, self._uid(serial))
        if os.listdir(self.scratch):
            raise BoxFault("the scratch directory cannot be emptied")

    def _uid(self, serial: int) -> int:
        return self._uid_base + serial % UIDS


class PlainBox:
    """Outside a container: resource limits only. It protects nothing."""

    def __init__(self, scratch: str) -> None:
        self.scratch = scratch

    def enter(self, limits: PairLimits, baseline: int, serial: int, owner: int) -> None:
        """Apply the limits; processes are not counted, since the user's own would count too."""
        _use(self.scratch)
        apply_limits(limits, baseline, count_processes=False)

    def kill_rest(self, serial: int) -> None:
        """Kill every descendant."""
        kill_descendants(os.getpid())

    def wipe(self, *serials: int) -> None:
        """Empty the scratch directory, or make it anew when it was removed."""
        if os.path.islink(self.scratch):
            os.unlink(self.scratch)
        if not os.path.isdir(self.scratch):
            os.mkdir(self.scratch, 0o700)
        if not os.listdir(self.scratch):
            return
        _unlink_files(self.scratch)
        if os.listdir(self.scratch):
            _sweep(self.scratch, None)
        if os.listdir(self.scratch):
            raise BoxFault("the scratch directory cannot be emptied")


def _use(scratch: str) -> None:
    os.chdir(scratch)
    tempfile.tempdir = scratch


def _sweep(directory: str, uid: int | None) -> None:
    """Delete whole trees, however deep, as their owner; never follows a link."""
    pid = os.fork()
    if pid == 0:
        try:
            os.fchdir(os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW))
            if uid is not None:
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            os.execv("/bin/sh", ["sh", "-c", SWEEP])
        finally:
            os._exit(1)
    os.waitpid(pid, 0)


def _unlink_files(directory: str) -> None:
    for entry in os.listdir(directory):
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(directory, entry))
