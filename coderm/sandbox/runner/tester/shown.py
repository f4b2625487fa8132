"""Values of the test that comparisons have shown to the program, which may not come back as its results.

`f() == 50` asks the program about 50, if `f()` is an object. A program that says no could give 50 at the next call, to a test that
tries again. What it knew before, as an argument or by an answer of its own, it may give at any time.
"""

from collections.abc import Iterator
from typing import Any

from ..codec.nodes import FLAT, Node
from ..constants import word_set

_COMPARING = word_set("eq ne lt le gt ge contains sub rsub isub")
"""Operations by which a program learns a value that its results are compared with."""
_CONTAINERS = word_set("l d s t f q C O D")
_VALUES = word_set("i b B a lv")
"""Tags of nodes that are compared whole."""
_LONG = 1000
"""From so many parts on, a container is left out: a test compares with what it can write down."""
_MOST = 10_000
"""Most values that are kept."""
_TOLD = frozenset(FLAT) - {bool, type(None)}
"""Types of values that tell anything."""


class Shown:
    """What the program knows, and what of it comparisons alone have told."""

    def __init__(self) -> None:
        self._known: set[Any] = set()
        self._shown: set[Any] = set()

    @property
    def withheld(self) -> bool:
        """Whether there is anything that the program should not give back."""
        return bool(self._shown)

    def tell(self, operation: int | str, written: list[Any], nodes: list[Node]) -> set[Any]:
        """Note what a call or an operation tells; return what the program should not give back."""
        if operation in _COMPARING:
            parts = set(_parts(written, nodes))
            fresh = (parts | {str(part) for part in parts}) - self._known - self._shown
            self._shown |= fresh
            return fresh
        if len(self._known) < _MOST:
            self._known.update(_parts(written, nodes))
        return set()

    def confirm(self, values: set[Any]) -> None:
        """Note that the program said yes to values: it had them, or a doubt is recorded."""
        self._shown -= values
        self._known |= values

    def comes_back(self, written: Any, nodes: list[Node], sync: list[Any]) -> bool:
        """Note what the program tells; return whether that is a value that it can only have from a comparison."""
        changed = [node for _, node in sync[1]] if sync else []
        renamed = [value for _, value in sync[3]] if sync else []
        parts = set(_parts([*(written if type(written) is list else [written]), *renamed], [*nodes, *changed]))
        if self._shown and not self._shown.isdisjoint(parts):
            return True
        if len(self._known) < _MOST:
            self._known |= parts
        return False


def _parts(written: list[Any], nodes: list[Node]) -> Iterator[Any]:
    """Yield what a message holds of numbers, texts and other values, also inside containers."""
    yield from (part for part in written if type(part) in _TOLD)
    for node in nodes:
        if node[0] in _VALUES:
            yield repr(node[1:])[:_LONG]
        else:
            data = node[1:2] if node[0] in _CONTAINERS else node[-1:] if node[0] == "n" else node[1:]
            for part in data:
                if type(part) is list and len(part) < _LONG:
                    yield from (item for item in part if type(item) in _TOLD)
