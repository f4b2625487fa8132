"""Inputs on which a probe that reads only a part differs from the program it was made of: the proof that the part matters.

Inputs are arguments that tests show, combined anew position by position, and small changes of them. An input counts where the right
program returns plain data. It is near what the tests hold, and may still be none that the question allows: so it is told.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from coderm.audit.probes.calls import literal_arguments
from coderm.audit.probes.model import LeakProbe
from coderm.extract.syntax.entry import Entry

MOST_INPUTS = 48
MOST_SHOWN = 24
"""Calls of the tests that inputs are made of."""

_DIFFERS = """

_INPUTS = {inputs}


def _plain(value):
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(_plain(item) for item in value)
    if isinstance(value, dict):
        return all(_plain(item) for pair in value.items() for item in pair)
    return value is None or isinstance(value, (str, bytes, int, float, complex))


def differs_at(place):
    import copy

    given = _INPUTS[place]
    try:
        wanted = _whole({made}*copy.deepcopy(given))
    except Exception:
        return 0
    if not _plain(wanted) or wanted != wanted:
        return 0
    try:
        return int({call}(*copy.deepcopy(given)) != wanted)
    except Exception:
        return 1
"""
_TEST = """import unittest


class Same(unittest.TestCase):
    def test(self):
        self.assertEqual(differs_at({place}), 0)
"""


def derived_inputs(tests: Sequence[str], entry: str) -> list[tuple[Any, ...]]:
    """Return at most MOST_INPUTS argument lists: those shown, crossed by position, and changed in one position."""
    shown = literal_arguments(tests, entry)[:MOST_SHOWN]
    kinds = [_crossed(shown), *(_changed(given) for given in shown), iter(shown)]
    turns = (given for several in itertools.zip_longest(*kinds) for given in several if given is not None)
    found: dict[str, tuple[Any, ...]] = {}
    for given in turns:
        found.setdefault(repr(given), given)
        if len(found) == MOST_INPUTS:
            break
    return list(found.values())


def _crossed(shown: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Yield one call's arguments with one of another call's in its place; nothing for single arguments."""
    for one, other in itertools.permutations(shown, 2):
        if len(one) == len(other) > 1:
            yield from ((*one[:place], other[place], *one[place + 1 :]) for place in range(len(one)))


def _changed(given: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for place, value in enumerate(given):
        for changed in _near(value):
            yield (*given[:place], changed, *given[place + 1 :])


def _near(value: Any) -> Iterator[Any]:
    """Yield values of the same type that are close: longer, shorter, turned around; one more, of the other sign."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (value + 1, value - 1, -value)
    elif isinstance(value, str | list | tuple):
        several: Any = value
        yield from (several[::-1], several + several[:1], several[:-1], several[1:], several + several)


def witness_program(probe: LeakProbe, entry: Entry, inputs: Sequence[tuple[Any, ...]]) -> str:
    """Return a program whose `differs_at(k)` says whether the probe and what it was made of differ on input k."""
    made, call = (f"{entry.holder}(), ", f"{entry.holder}().{entry.name}") if entry.holder else ("", entry.name)
    return probe.text + _DIFFERS.format(inputs=repr(list(inputs)), made=made, call=call)


def witness_tests(inputs: Sequence[tuple[Any, ...]]) -> tuple[str, ...]:
    """Return one test for each input, which fails where there is a difference."""
    return tuple(_TEST.format(place=place) for place in range(len(inputs)))
