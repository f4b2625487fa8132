"""State of library modules that stands in no attribute of theirs: how to read it, and how to put it back."""

import csv
import decimal
import logging
import os
import random
import sys
import warnings
from collections.abc import Callable
from typing import Any


def _loggers() -> object:
    """Return the loggers there are, with what was set of each."""
    root = logging.getLogger()
    found = [(name, each) for name, each in logging.Logger.manager.loggerDict.items() if isinstance(each, logging.Logger)]
    return [
        (name, id(each), each.level, each.disabled, each.propagate, list(map(id, each.handlers)))
        for name, each in (("", root), *found)
    ]


def _numpy() -> object:
    numpy: Any = sys.modules["numpy"]
    return numpy.geterr(), repr(numpy.get_printoptions())


SETTINGS: dict[str, tuple[Callable[[], object], ...]] = {
    "csv": (lambda: csv.list_dialects(), lambda: csv.field_size_limit()),
    "decimal": (lambda: (repr(decimal.DefaultContext), repr(decimal.BasicContext), repr(decimal.ExtendedContext)),),
    "logging": (_loggers, lambda: logging.root.manager.disable),
    "numpy": (_numpy,),
    "os": (lambda: dict(os.environ),),
    "sys": (lambda: (sys.getswitchinterval(), sys.get_int_max_str_digits()),),
    "time": (lambda: os.environ.get("TZ"),),
    "warnings": (lambda: list(warnings.filters),),
}
"""By module, functions that read what must be equal before and after a test."""


def _same_context() -> Callable[[], object]:
    context = decimal.getcontext().copy()
    return lambda: decimal.setcontext(context.copy())


def _same_draws() -> Callable[[], object]:
    generator: Any = sys.modules["numpy"].random
    state = generator.get_state()
    return lambda: generator.set_state(state)


RESETS: dict[str, Callable[[], Callable[[], object]]] = {
    "decimal": _same_context,
    "numpy": _same_draws,
    "random": lambda: random.seed,
}
"""By module, functions that return what puts its state back as it is now. `random` begins anew, as after a fork."""
