"""Operators that the tester may ask of an object of the candidate, and the special methods that stand for them."""

import copy
import operator
from collections.abc import Callable
from typing import Any


def _slots(value: Any) -> dict[str, Any]:
    """Return the fields of an object: its __dict__ and its slots."""
    fields = dict(getattr(value, "__dict__", None) or {})
    for base in type(value).__mro__:
        names = base.__dict__.get("__slots__", ())
        for name in (names,) if isinstance(names, str) else names:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                fields[name] = getattr(value, name)
    return fields


def _delete(value: Any, name: str) -> None:
    delattr(value, name)


_NAMED = ("lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor")
OPERATIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(operator, name) for name in _NAMED},
    "len": len,
    "iter": iter,
    "next": next,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "str": str,
    "repr": repr,
    "format": format,
    "truth": bool,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": _delete,
    "dir": dir,
    "fields": _slots,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "reversed": reversed,
    "neg": operator.neg,
    "pos": operator.pos,
    "invert": operator.invert,
}
ORDERING = {"__lt__": "lt", "__le__": "le", "__gt__": "gt", "__ge__": "ge"}
BINARY = {
    f"__{name.strip('_')}__": name
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor")
}
UNARY = {
    "__len__": "len",
    "__iter__": "iter",
    "__next__": "next",
    "__bool__": "truth",
    "__reversed__": "reversed",
    "__neg__": "neg",
    "__pos__": "pos",
    "__invert__": "invert",
}
KEYED = {"__getitem__": "getitem", "__setitem__": "setitem", "__delitem__": "delitem"}
OTHERS = ("__contains__", "__call__", "__enter__", "__exit__")
SPECIALS = (*ORDERING, *BINARY, *UNARY, *KEYED, *OTHERS)
"""Special methods a proxy class has if the candidate's class has them. Conversions to numbers are not among them: what is
compared as a number crosses as a number."""
