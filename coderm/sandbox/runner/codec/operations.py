"""Operators that the tester may ask of an object of the candidate, and the special methods that stand for them."""

import copy
import dataclasses
import math
import operator
import os
from collections.abc import Callable
from typing import Any

_OPERATORS = (*("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift", "and_", "or_", "xor"),)
_INPLACE = tuple(f"i{name.strip('_')}" for name in _OPERATORS)
_MEASURES: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "int": int,
    "float": float,
    "complex": complex,
    "index": operator.index,
    "trunc": math.trunc,
    "floor": math.floor,
    "ceil": math.ceil,
}
DATACLASS = ("asdict", "astuple", "fields", "is_dataclass", "replace")
"""Functions of `dataclasses` that the test may apply to the program's classes and objects."""
OPERATIONS: dict[str, Callable[..., Any]] = {
    **{f"dataclasses.{name}": getattr(dataclasses, name) for name in DATACLASS},
    **{name: getattr(operator, name) for name in ("eq", "ne", "lt", "le", "gt", "ge", *_OPERATORS, *_INPLACE)},
    **_MEASURES,
    "divmod": divmod,
    "round": round,
    "contains": operator.contains,
    "hash": hash,
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
    "fspath": os.fspath,
    "isinstance": isinstance,
    "issubclass": issubclass,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "dir": dir,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "reversed": reversed,
    "neg": operator.neg,
    "pos": operator.pos,
    "invert": operator.invert,
}
ORDERING = {"__lt__": "lt", "__le__": "le", "__gt__": "gt", "__ge__": "ge"}
BINARY = {f"__{name.strip('_')}__": name for name in (*_OPERATORS, *_INPLACE, "divmod")}
REFLECTED = {f"__r{name.strip('_')}__": name for name in (*_OPERATORS, "divmod")}
"""The same with the operands exchanged."""
UNARY = {
    "__len__": "len",
    "__iter__": "iter",
    "__next__": "next",
    "__reversed__": "reversed",
    "__fspath__": "fspath",
}
SIGNS = {"__neg__": "neg", "__pos__": "pos", "__invert__": "invert"}
MEASURES = {f"__{name}__": name for name in _MEASURES} | {"__bool__": "truth", "__round__": "round"}
"""What makes a number or a truth of an object."""
CHANGING = frozenset({"setattr", "delattr", "setitem", "delitem", *_INPLACE})
"""What may change an object."""
KEYED = {"__getitem__": "getitem", "__setitem__": "setitem", "__delitem__": "delitem"}
ABSENT = ("__await__", "__aiter__", "__anext__", "__aenter__", "__aexit__")
"""What stand-ins refuse: it would have to run in both processes."""
TEXTS = ("__str__", "__repr__", "__format__")
OTHERS = ("__contains__", "__call__", "__enter__", "__exit__", "__class_getitem__", *ABSENT)
SPECIALS = (*ORDERING, *BINARY, *REFLECTED, *UNARY, *SIGNS, *MEASURES, *KEYED, *OTHERS)
"""Special methods a stand-in class has if the candidate's class has them."""
