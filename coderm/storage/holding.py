"""Holds a directory for one process at a time, also against processes of other hosts that share its file system.

The lock is one on a file inside: a lock on a directory itself stays on its own host when the directory is shared by NFS. The system
frees it when its holder dies. Never waits.
"""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from coderm.errors import StorageError
from coderm.janitor import start_time

LOCK = "run.lock"
"""Names host and process of the holder; there only while it is held, or after its holder was killed."""
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF})
"""What file systems without locks answer; the last one, NFS servers that find the file not open for writing."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """What holds a directory, in the words of the messages: what they are, that one is there, and what to do then."""

    plural: str = "runs"
    taken: str = "another run is using this directory"
    folder: str = "a run directory"
    other: str = "give another --out"
    local: str = "give an --out on a local disk"
    wait: str = "wait for it or give another --out"


RUN = Tenant()


@contextlib.contextmanager
def held(directory: Path, tenant: Tenant = RUN) -> Iterator[None]:
    """Hold a directory that is there. Raises StorageError when another process holds it, or when that cannot be told."""
    path = directory / LOCK
    lock = FileLock(path, blocking=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise StorageError(f"{directory}: {tenant.taken}{_holder(directory)}; {tenant.wait}") from None
    except OSError as error:
        raise lock_fault(directory, error, tenant) from None
    try:
        with contextlib.suppress(OSError):  # a full disk: the lock holds without it
            path.write_text(f"{socket.gethostname()} {os.getpid()} {start_time(os.getpid())}\n", encoding="utf-8")
        yield
    finally:
        path.unlink(missing_ok=True)  # before it is free: whoever opened it meanwhile finds that it has no name and tries anew
        lock.release()


def lock_fault(directory: Path, error: OSError, tenant: Tenant = RUN) -> StorageError:
    """What to say of a lock that can neither be had nor is another's."""
    if error.errno in _NO_LOCKS:
        return StorageError(
            f"{directory}: its file system gives no locks ({error.strerror}), and two {tenant.plural} would spoil each other; "
            f"{tenant.local}, or mount it with locks"
        )
    return StorageError(f"{directory}: cannot be used as {tenant.folder} ({error.strerror}); {tenant.other}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a directory, or held it when it was killed. alive: whether it lives; None where it is another host's."""

    host: str
    process: int
    alive: bool | None


def holder(directory: Path) -> Holder | None:
    """Who holds a directory, or held it when it was killed; None: nobody. Only looks, and is in nobody's way."""
    try:
        host, pid, started = (directory / LOCK).read_text(encoding="utf-8").split()
        here = host == socket.gethostname()
        return Holder(host, int(pid), str(start_time(int(pid))) == started if here else None)
    except (OSError, ValueError):
        return None


def _holder(directory: Path) -> str:
    found = holder(directory)
    return "" if found is None else f" (process {found.process} on {found.host})"
