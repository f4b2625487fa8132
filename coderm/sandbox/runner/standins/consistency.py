"""What an object of the candidate says of itself must agree: its length, what iterating gives, and what is in it.

An answer that a loop or a membership rests on is read whole before the test sees any of it, so that the candidate does not learn
where the test stopped.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from .objects import Handle, ask, data, refused

MAX_ITEMS = 1 << 14
"""Most items that are read before anything is compared."""


class Seen:
    """What an object said of its length and of its items, while the test has called nothing that may change it."""

    def __init__(self, age: int, length: int, items: list[Any] | None, error: Exception | None) -> None:
        self.age, self.length, self.error = age, length, error
        self.items = items
        """None where there are too many."""


def length(self: Any) -> int:
    """Answer `len`."""
    seen = _seen(self)
    return _length(self) if seen is None else seen.length


def iterate(self: Any) -> Any:
    """Answer `iter`."""
    seen = _seen(self)
    if seen is None or (seen.items is None and seen.error is None):
        return ask("iter", self) if "__iter__" in type(self).coderm_own else _source(self)
    if seen.error is not None:
        raise seen.error
    return iter(seen.items or [])


def contains(*, own: bool) -> Callable[[Any, Any], bool]:
    """Return what answers `in`; `own` says whether the candidate's class has its own answer.

    That counts only for what the test itself made of a class that it names, and not against what iterating gives. Else the
    candidate does not learn which item is looked for.
    """

    def special(self: Any, item: Any) -> bool:
        kind = type(self)
        if kind.coderm_content:
            return bool(item in _held(self))
        trusted = kind.coderm_tested and not self.coderm_answered
        if trusted and own and "__iter__" not in kind.coderm_own:
            return _asked(self, item)
        items = _all(self, sized=not trusted)
        if items is None and not (trusted and own):
            raise refused(self, TypeError(f"more than {MAX_ITEMS} items to look through"))
        found = items is not None and any(each is item or each == item for each in items)
        if trusted and own:
            asked = _asked(self, item)
            if items is not None and asked is not found:
                raise refused(self, TypeError("`in` contradicts what iterating gives"))
            return asked
        return found

    return special


def _held(handle: Any) -> Any:
    return data(handle).fields[""]


def _asked(handle: Any, item: Any) -> bool:
    return bool(ask("contains", handle, item))


def _seen(handle: Any) -> Seen | None:
    """Return what an object is held to; None for those of classes that the test names, and for those without a length."""
    kind = type(handle)
    if kind.coderm_tested or kind.coderm_content or "__len__" not in kind.coderm_own:
        return None
    if kind.coderm_own.isdisjoint(("__iter__", "__getitem__")):
        return None
    seen = handle.coderm_seen
    if seen is None or seen.age != kind.coderm_asks.changes:
        age = kind.coderm_asks.changes
        size, items, error = _length(handle), None, None
        try:
            items = _all(handle, sized=False) if size <= MAX_ITEMS else None
            if size <= MAX_ITEMS:
                _compare(handle, size, items)
        except Exception as raised:  # noqa: BLE001 - whatever it raises, it raises whenever it is iterated
            error = raised
        seen = Seen(age, size, items, error)
        object.__setattr__(handle, "coderm_seen", seen)
    if isinstance(seen.error, Disagreement):
        raise seen.error
    return seen  # type: ignore[no-any-return]


class Disagreement(TypeError):
    """An object that contradicts itself."""


def _compare(handle: Any, size: int, items: list[Any] | None) -> None:
    if items is None or len(items) != size:
        raise refused(handle, Disagreement("the length of an object is not the number of its items"))


def _all(handle: Any, *, sized: bool) -> list[Any] | None:
    """Return everything that iterating gives, None for too much; `sized` wants as many items as the object says."""
    items = list(itertools.islice(_source(handle), MAX_ITEMS + 1))
    found = items if len(items) <= MAX_ITEMS else None
    if sized and "__len__" in type(handle).coderm_own:
        _compare(handle, _length(handle), found)
    return found


def _length(handle: Any) -> int:
    size = ask("len", handle)
    if type(size) is not int:
        raise refused(handle, TypeError("no length came back"))
    return size


def _source(handle: Any) -> Iterator[Any]:
    kind = type(handle)
    if "__iter__" in kind.coderm_own:
        found = ask("iter", handle)
        return _steps(found) if isinstance(found, Handle) else iter(found)
    if "__getitem__" not in kind.coderm_own:
        raise TypeError(f"{kind.__name__!r} object is not iterable")
    return _by_index(handle)


def _steps(iterator: Any) -> Iterator[Any]:
    while True:
        try:
            item = next(iterator)
        except StopIteration:
            return
        yield item


def _by_index(handle: Any) -> Iterator[Any]:
    for number in itertools.count():
        try:
            item = ask("getitem", handle, number)
        except (IndexError, StopIteration):
            return
        yield item
