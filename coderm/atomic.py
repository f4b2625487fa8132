"""Files that appear under their name complete or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coderm.errors import StorageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield an empty temporary file beside `path`, which takes that name when the block ends well, and goes when it does not.

    Raises StorageError naming `path` when the disk refuses; an older file then stays as it was.
    """
    temporary = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
        os.close(descriptor)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o644)
        os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"{path}: cannot be written ({reason}); free some disk space, or give another folder") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
