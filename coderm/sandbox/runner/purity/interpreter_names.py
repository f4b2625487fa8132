"""Every name under which an object of the interpreter could have an attribute.

Collected once, before the heap is frozen: names in classes, names under which library code stores attributes, and keys of all
dictionaries that may be an object's own. Those of modules, and those that stand in a module, are not: modules are never values.
The set is larger than the set of attributes, which only denies more.
"""

import dis
import functools
import gc
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType

STORE = dis.opmap["STORE_ATTR"]
EXTENDED = dis.EXTENDED_ARG


@functools.cache
def interpreter_names() -> frozenset[str]:
    """Return the names; the first call decides, so that the server makes it when everything is imported."""
    modules = [vars(module) for module in list(sys.modules.values())]
    tables = {id(names) for names in modules} | {id(value) for names in modules for value in names.values()}
    found: set[str] = set()
    for value in gc.get_objects():
        if type(value) is dict:
            if id(value) not in tables:
                found.update(key for key in value if type(key) is str)
        elif type(value) is FunctionType:
            found.update(_stored(value.__code__))
        elif issubclass(type(value), type):  # not isinstance, which asks the object
            found.update(vars(value))
    return frozenset(found)


def _stored(code: CodeType) -> Iterator[str]:
    """Yield the names of attributes that code stores, all the way down."""
    steps, extra = code.co_code, 0
    if STORE in steps:
        for step, low in zip(steps[::2], steps[1::2], strict=True):
            argument = extra << 8 | low
            extra = argument if step == EXTENDED else 0
            if step == STORE:
                yield code.co_names[argument]
    for part in code.co_consts:
        if type(part) is CodeType:
            yield from _stored(part)
