"""Length, iteration and membership of an object of the candidate must agree.

Items are read whole before the test sees one, so that the candidate does not learn where the test stopped.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from .objects import StandIn, ask, refused

MAX_ITEMS = 1 << 14
"""Most items that are read before anything is compared."""


class CachedItems:
    """Length and items of an object, valid until the test makes a call that may change it."""

    def __init__(self, changes: int, length: int, items: list[Any] | None, error: Exception | None) -> None:
        self.changes, self.length, self.error = changes, length, error
        self.items = items
        """None where there are too many."""


def length(self: Any) -> int:
    """Answer `len`."""
    cached = _cached_items(self)
    return _length(self) if cached is None else cached.length


def iterate(self: Any) -> Any:
    """Answer `iter`."""
    cached = _cached_items(self)
    if cached is None or (cached.items is None and cached.error is None):
        return ask("iter", self) if "__iter__" in type(self).coderm_own else _iterator_of(self)
    if cached.error is not None:
        raise cached.error
    return iter(cached.items or [])


def contains(*, own: bool) -> Callable[[Any, Any], bool]:
    """Return the method for `in`; `own` says whether the candidate's class defines `__contains__`.

    That method is called only for objects that the test made of a class that it names, and iterating must agree. Otherwise the
    candidate does not learn which item is looked for.
    """

    def special(self: Any, item: Any) -> bool:
        kind = type(self)
        trusted = kind.coderm_tested and not self.coderm_answered
        if trusted and own and "__iter__" not in kind.coderm_own:
            return _contains_of_program(self, item)
        items = _read_items(self, sized=not trusted)
        if items is None and not (trusted and own):
            raise refused(self, TypeError(f"more than {MAX_ITEMS} items to look through"))
        found = items is not None and any(each is item or each == item for each in items)
        if trusted and own:
            asked = _contains_of_program(self, item)
            if items is not None and asked is not found:
                raise refused(self, TypeError("`in` contradicts what iterating gives"))
            return asked
        return found

    return special


def _contains_of_program(stand_in: Any, item: Any) -> bool:
    return bool(ask("contains", stand_in, item))


def _cached_items(stand_in: Any) -> CachedItems | None:
    """Return the cached items; None for objects of classes that the test names, and for those without a length."""
    kind = type(stand_in)
    if kind.coderm_tested or "__len__" not in kind.coderm_own:
        return None
    if kind.coderm_own.isdisjoint(("__iter__", "__getitem__")):
        return None
    cached = stand_in.coderm_seen
    if cached is None or cached.changes != kind.coderm_conversation.changes:
        changes = kind.coderm_conversation.changes
        size, items, error = _length(stand_in), None, None
        try:
            items = _read_items(stand_in, sized=False) if size <= MAX_ITEMS else None
            if size <= MAX_ITEMS:
                _compare(stand_in, size, items)
        except Exception as raised:  # noqa: BLE001 - whatever it raises, it raises whenever it is iterated
            error = raised
        cached = CachedItems(changes, size, items, error)
        object.__setattr__(stand_in, "coderm_seen", cached)
    if isinstance(cached.error, Disagreement):
        raise cached.error
    return cached  # type: ignore[no-any-return]


class Disagreement(TypeError):
    """An object that contradicts itself."""


def _compare(stand_in: Any, size: int, items: list[Any] | None) -> None:
    if items is None or len(items) != size:
        raise refused(stand_in, Disagreement("the length of an object is not the number of its items"))


def _read_items(stand_in: Any, *, sized: bool) -> list[Any] | None:
    """Return everything that iterating gives, None for too much; `sized` wants as many items as the object says."""
    items = list(itertools.islice(_iterator_of(stand_in), MAX_ITEMS + 1))
    found = items if len(items) <= MAX_ITEMS else None
    if sized and "__len__" in type(stand_in).coderm_own:
        _compare(stand_in, _length(stand_in), found)
    return found


def _length(stand_in: Any) -> int:
    size = ask("len", stand_in)
    if type(size) is not int:
        raise refused(stand_in, TypeError("no length came back"))
    return size


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
