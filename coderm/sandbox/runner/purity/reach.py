"""What a text can reach beyond its own namespace, read from its code: modules of the library and names of their parts.

A text is within reach if what it imports has no state but that which `world` looks at. Anything else is out of reach, and so is a
text that goes behind names: by `exec`, `sys.modules`, frames, the garbage collector, or by processes of its own.
"""

import dis
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

from ..constants import word_set
from .rules import is_missing

MODULES = word_set(
    "__future__ abc argparse array base64 binascii bisect builtins calendar cmath collections collections.abc colorsys "
    "contextlib copy csv dataclasses datetime decimal difflib enum fnmatch fractions functools glob graphlib hashlib heapq "
    "hmac html io ipaddress itertools json logging math numbers numpy operator os os.path pathlib pprint queue random re "
    "secrets shutil sqlite3 stat statistics string struct sys tempfile textwrap threading time traceback types typing "
    "unicodedata unittest unittest.mock urllib.parse uuid warnings weakref xml.etree.ElementTree zipfile zlib zoneinfo"
)
"""Modules whose state `world` looks at, or that have none."""
GLOBAL_NAMES = word_set("__builtins__ __import__ __loader__ __spec__ breakpoint compile eval exec")
"""Names of builtins that lead behind names."""
ATTRIBUTES = word_set(
    "__builtins__ __del__ __globals__ __loader__ __spec__ __subclasses__ __traceback__ _current_frames _getframe _handlers "
    "abort addaudithook atexit convert_file dup dup2 execv execve f_back f_globals f_locals fdopen finalize fork forkpty "
    "gi_frame kill memmap modules nice pipe popen posix_spawn register_adapter register_at_fork register_converter setitimer "
    "setprofile setrlimit settrace spawnv system tb_frame tracemalloc umask"
)
"""Attributes, and names that are imported, which do."""
_SAYING = {dis.opmap["IMPORT_NAME"]: "imports", dis.opmap["LOAD_GLOBAL"]: "globals", dis.opmap["LOAD_NAME"]: "globals"}


@dataclass(frozen=True, slots=True)
class Reach:
    """Modules that a text imports, and all names that stand in it. `reason` says why it is out of reach; empty if it is within."""

    reason: str = ""
    modules: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()


def reach(code: CodeType) -> Reach:
    """Read one program or test module."""
    found: dict[str, set[str]] = {"imports": set(), "globals": set(), "": set()}
    for saying, name in _named(code):
        found[saying].add(name)
    unknown = {name for name in found["imports"] - MODULES if not is_missing(name)} - {"solution"}
    behind = found["globals"] & GLOBAL_NAMES | found[""] & ATTRIBUTES
    if unknown or behind:
        return Reach(f"imports {min(unknown)}" if unknown else f"names {min(behind)}")
    return Reach("", tuple(sorted(found["imports"] & MODULES)), frozenset(found[""]))


def _named(code: CodeType) -> Iterator[tuple[str, str]]:
    """Yield each name in a code with how it stands there, all the way down."""
    steps, extra = code.co_code, 0
    for step, low in zip(steps[::2], steps[1::2], strict=True):
        argument = extra << 8 | low
        extra = argument if step == dis.EXTENDED_ARG else 0
        if step in _SAYING:
            place = argument >> 1 if step == dis.opmap["LOAD_GLOBAL"] else argument
            yield _SAYING[step], code.co_names[place]
    yield from (("", name) for name in code.co_names)
    for part in code.co_consts:
        if type(part) is CodeType:
            yield from _named(part)
