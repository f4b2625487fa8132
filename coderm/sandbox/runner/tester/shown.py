"""Values of the test that comparisons have shown to the program, which may not come back as its results.

`f() == 50` asks the program about 50, if `f()` is an object. A program that says no could give 50 at the next call, to a test that
tries again. What it knew before, as an argument or by an answer of its own, it may give at any time.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from ..codec.nodes import FLAT, Node
from ..constants import word_set

_COMPARING = word_set("eq ne lt le gt ge contains sub rsub isub")
"""Operations by which a program learns a value that its results are compared with."""
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

    def tell(self, operation: int | str, args: Iterable[Any]) -> set[Any]:
        """Note the arguments of a call or the operands of an operation; return those that the program should not give back."""
        if operation in _COMPARING:
            fresh = set(_parts(args)) - self._known - self._shown
            self._shown |= fresh
            return fresh
        if len(self._known) < _MOST:
            self._known.update(_parts(args))
        return set()

    def confirm(self, values: set[Any]) -> None:
        """Note that the program said yes to values: it had them, or a doubt is recorded."""
        self._shown -= values
        self._known |= values

    def comes_back(self, written: Any, nodes: list[Node], sync: list[Any]) -> bool:
        """Note what the program tells; return whether that is a value that it can only have from a comparison."""
        parts = [written] if type(written) in _TOLD else []
        if nodes or sync:
            changed = [node for _, node in sync[1]] + [[None, [value]] for _, value in sync[3]] if sync else []
            inside = [part for node in (*nodes, *changed) for part in node[1:] if type(part) is list]
            parts += _parts(inside)
        if self._shown and not self._shown.isdisjoint(parts):
            return True
        if len(self._known) < _MOST:
            self._known.update(parts)
        return False


def _parts(values: Iterable[Any]) -> Iterator[Any]:
    """Yield numbers and texts among values, and those in containers among them."""
    for value in values:
        if type(value) in _TOLD:
            yield value
        elif type(value) in (list, tuple, set, frozenset) and len(value) < _LONG:
            yield from (item for item in value if type(item) in _TOLD)
        elif type(value) is dict and len(value) < _LONG:
            yield from (item for item in (*value, *value.values()) if type(item) in _TOLD)
