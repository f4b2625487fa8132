"""Files that a `/run_code` request brings: decoded and bounded here, written by the program's own process before its text begins.

So they lie under the limits of the pair, and nothing outside the box ever writes a name that a client chose.
"""

import base64
import binascii
from collections.abc import Mapping
from pathlib import PurePosixPath

from coderm.errors import InputError

MOST_FILES = 32
"""Each takes a descriptor of the box."""
MOST_BYTES = 4 << 20
"""Of all files together: half of the scratch directory's usual size."""
LONGEST_NAME = 200

_BEGIN = """
def _place(names):
    import os, shutil, sys
    for name, given in zip(names, sys.argv[1:]):
        if folder := os.path.dirname(name):
            os.makedirs(folder, exist_ok=True)
        with open(given, "rb") as source, open(name, "wb") as target:
            shutil.copyfileobj(source, target)
    del sys.argv[1:]

_place({names!r})
del _place
exec(compile({code!r}, __file__, "exec", dont_inherit=True))
"""


def read_files(files: Mapping[str, str | None]) -> dict[str, bytes]:
    """Decode files, name to base64 text; null ones are left out. Raises InputError for a name or a content that cannot be."""
    if len(files) > MOST_FILES:
        raise InputError(f"files: {len(files)} of them, {MOST_FILES} are allowed; send fewer")
    found = {_checked(name): _decoded(name, text) for name, text in files.items() if text is not None}
    if (size := sum(map(len, found.values()))) > MOST_BYTES:
        raise InputError(f"files: {size} bytes together, {MOST_BYTES} are allowed; send less, or through stdin")
    return found


def with_files(code: str, names: tuple[str, ...]) -> str:
    """Return a program that first writes its arguments' files under these names, then is `code`."""
    return _BEGIN.format(names=names, code=code) if names else code


def _checked(name: str) -> str:
    path = PurePosixPath(name)
    fits = 0 < len(name) <= LONGEST_NAME and name.isprintable() and not path.is_absolute() and ".." not in path.parts and path.parts
    if not fits:
        raise InputError(f"files: {name[:LONGEST_NAME]!r}: give a name inside the program's folder, such as data/in.txt")
    return str(path)


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(f"files: {name!r}: the content is no base64; encode it") from None
