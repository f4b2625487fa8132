"""Streams and functions of the library that the test replaces: the program is given what stands in their place.

The test's text names them; the candidate's process is told of each change before the next call.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..constants import SOLUTION, word_set

STREAMS = {"stdout": "sys.stdout", "stderr": "sys.stderr", "stdin": "sys.stdin"}
_REDIRECTED = {"redirect_stdout": "sys.stdout", "redirect_stderr": "sys.stderr"} | STREAMS
FUNCTIONS = word_set("""
    builtins.input builtins.open builtins.print os.listdir os.path.exists os.path.isfile os.remove random.choice random.randint
    random.random random.randrange random.sample random.shuffle random.uniform time.monotonic time.perf_counter time.sleep time.time
""")
"""What a test may patch; nothing of this package needs it in the candidate's process."""


def mirrored_names(nodes: Sequence[ast.AST]) -> frozenset[str]:
    """Return the streams and functions that a test may replace."""
    words = {getattr(node, "attr", getattr(node, "id", "")) for node in nodes}
    patched = set(map(patched_name, nodes)) & {*FUNCTIONS, *STREAMS.values()}
    return frozenset(_REDIRECTED[word] for word in words & _REDIRECTED.keys()) | patched


def patched_name(node: ast.AST) -> str:
    """Return what a call of `patch` replaces, if its text says so; else nothing."""
    match node:
        case ast.Call(func=ast.Name(id="patch") | ast.Attribute(attr="patch"), args=[ast.Constant(value=str(name)), *_]):
            return name
    return ""


def is_served(name: str) -> bool:
    """Whether a test may patch this."""
    module, _, attribute = name.rpartition(".")
    return name in FUNCTIONS or name in STREAMS.values() or (module == SOLUTION and attribute.isidentifier())


class Mirrors:
    """What of one test's mirrored names is replaced."""

    def __init__(self, names: Iterable[str]) -> None:
        self._originals = {tuple(name.rsplit(".", 1)): _value(*name.rsplit(".", 1)) for name in names}
        self._seen = dict(self._originals)

    def is_empty(self) -> bool:
        """Whether the test replaces nothing."""
        return not self._seen

    def changes(self) -> Iterator[tuple[str, str, Any]]:
        """Yield module, name and what stands there, None for what did first, of each that changed since the last time."""
        for (module, name), seen in self._seen.items():
            now = _value(module, name)
            if now is not seen:
                self._seen[module, name] = now
                yield module, name, None if now is self._originals[module, name] else now


def _value(module: str, name: str) -> Any:
    return getattr(sys.modules[module], name)
