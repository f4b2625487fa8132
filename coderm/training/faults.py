"""A disk that refuses, whatever of the libraries meets it first: each says it in an error of its own."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coderm.errors import StorageError

_REFUSED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EIO})


@contextmanager
def disk_faults(out: Path) -> Iterator[None]:
    """Turn such an error into a StorageError that names the directory; others rise as they are."""
    try:
        yield
    except Exception as error:
        if (why := _refusal(error)) is None:
            raise
        raise StorageError(f"{out}: cannot be written ({why}); free some disk space, and give the same command to go on") from None


def _refusal(error: Exception) -> str | None:
    from safetensors import SafetensorError

    text = (str(error).splitlines() or [""])[0]
    match error:
        case OSError() if error.errno in _REFUSED:
            return error.strerror
        case SafetensorError() if "I/O error" in text:
            return text.rpartition("I/O error: ")[2]
        case RuntimeError() if "PytorchStreamWriter" in text or "file write failed" in text:
            return "torch could not write a checkpoint"
    return None
