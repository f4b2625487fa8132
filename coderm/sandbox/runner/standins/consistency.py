"""Length, iteration and membership of an object of the candidate must agree, or are doubted.

Items are read whole before the test sees one, so that the candidate does not learn where the test stopped.
"""

import itertools
import sys
from collections.abc import Callable, Iterator
from typing import Any

from .objects import MAX_ITEMS, StandIn, ask, contains_value, doubt, fingerprint, refused, vouch
from .table import Origin, Policy, policy


class CachedItems:
    """Length and items of an object, valid until the test makes a call that may change it."""

    def __init__(self, stand_in: Any) -> None:
        self.changes = type(stand_in).coderm_conversation.changes
        self.length = ask("len", stand_in)
        self.items: list[Any] | None = None
        """None where there are too many."""
        self.error: Exception | None = None
        if self.length <= MAX_ITEMS:
            try:
                self.items = _read_items(stand_in)
                _compare(stand_in, self.length, self.items)
            except Exception as raised:  # noqa: BLE001 - whatever it raises, it raises whenever it is iterated
                self.error = raised


def length(self: Any) -> Any:
    """Answer `len`."""
    cached = _cached_items(self)
    return ask("len", self) if cached is None else cached.length


def iterate(self: Any) -> Any:
    """Answer `iter`."""
    cached = _cached_items(self)
    if cached is None or (cached.items is None and cached.error is None):
        return ask("iter", self) if "__iter__" in type(self).coderm_own else _iterator_of(self)
    if cached.error is not None:
        raise cached.error
    return iter(cached.items or [])


def contains(*, own: bool) -> Callable[[Any, Any], Any]:
    """Return the method for `in`; `own` says whether the candidate's class defines `__contains__`.

    Of an object that the test did not make, the items are read and compared here. What they contain, the program is not asked
    about: it does not learn which item is looked for.
    """

    def special(self: Any, item: Any) -> Any:
        kind, how = type(self), policy("in", self)
        if own and how is Policy.CHECKED:
            return contains_value(how, self, item, fingerprint(sys._getframe(1)))
        items = _read_items(self) if "__iter__" in kind.coderm_own or not own else None
        if items is None and not own:
            raise refused(self, TypeError(f"more than {MAX_ITEMS} items to look through"))
        if items is not None and "__len__" in kind.coderm_own:
            _compare(self, ask("len", self), items)
        if any(each is item or each == item for each in items or ()):
            return True
        if items is None:
            doubt(self, "`in`, which iterating does not confirm")
        return vouch(how, "contains", self, item) if own else False

    return special


def _cached_items(stand_in: Any) -> CachedItems | None:
    """Return the cached items; None for objects of classes that the test names, and for those without a length."""
    kind = type(stand_in)
    if kind.coderm_origin is not Origin.OTHER or "__len__" not in kind.coderm_own:
        return None
    if kind.coderm_own.isdisjoint(("__iter__", "__getitem__")):
        return None
    cached = stand_in.coderm_seen
    if cached is None or cached.changes != kind.coderm_conversation.changes:
        cached = CachedItems(stand_in)
        object.__setattr__(stand_in, "coderm_seen", cached)
    return cached  # type: ignore[no-any-return]


def _compare(stand_in: Any, size: int, items: list[Any] | None) -> None:
    if items is None or len(items) != size:
        doubt(stand_in, "a length that is not the number of items")


def _read_items(stand_in: Any) -> list[Any] | None:
    """Return everything that iterating gives, None for too much."""
    items = list(itertools.islice(_iterator_of(stand_in), MAX_ITEMS + 1))
    return items if len(items) <= MAX_ITEMS else None


def _iterator_of(stand_in: Any) -> Iterator[Any]:
    kind = type(stand_in)
    if "__iter__" in kind.coderm_own:
        found = ask("iter", stand_in)
        return _by_next(found) if isinstance(found, StandIn) else iter(found)
    if "__getitem__" not in kind.coderm_own:
        raise TypeError(f"{kind.__name__!r} object is not iterable")
    return _by_index(stand_in)


def _by_next(iterator: Any) -> Iterator[Any]:
    while True:
        try:
            item = next(iterator)
        except StopIteration:
            return
        yield item


def _by_index(stand_in: Any) -> Iterator[Any]:
    for number in itertools.count():
        try:
            item = ask("getitem", stand_in, number)
        except (IndexError, StopIteration):
            return
        yield item
