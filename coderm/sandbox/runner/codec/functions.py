"""Functions of the test that compute on what they are given and no more: their code crosses, as an input of the call.

Nobody could tell where such a function runs: it reads no name but builtins, no attribute, asserts nothing and keeps nothing.
Only the tester sends code. The candidate, which is not trusted anyway, makes the function.
"""

import builtins
import dis
import marshal
import types
from typing import Any

from ..constants import word_set
from .nodes import is_flat

BUILTINS = word_set("""
    abs all any bool chr dict divmod enumerate filter float frozenset int isinstance len list map max min ord pow range repr
    reversed round set sorted str sum tuple zip ArithmeticError IndexError KeyError TypeError ValueError ZeroDivisionError
""")
_BEYOND = ("ASSERT", "GLOBAL", "ATTR", "METHOD", "IMPORT", "DEREF", "CLOSURE", "YIELD", "NAME")
"""Parts of the names of instructions that such code has not, but for reading builtins."""


def code_to_send(function: Any) -> str:
    """Return the code of a function that may run anywhere; empty for any other."""
    if type(function) is not types.FunctionType or function.__kwdefaults__ or vars(function):
        return ""
    code, held = function.__code__, function.__globals__
    if any(isinstance(constant, types.CodeType) for constant in code.co_consts) or not is_flat(function.__defaults__ or ()):
        return ""
    for step in dis.get_instructions(code):
        builtin = step.opname == "LOAD_GLOBAL" and step.argval in BUILTINS and step.argval not in held
        if not builtin and any(part in step.opname for part in _BEYOND):
            return ""
    return marshal.dumps(code.replace(co_qualname=code.co_name)).decode("latin-1")


def made_of_code(text: str, defaults: list[Any]) -> types.FunctionType:
    """Return the function of some code, at the candidate."""
    code = marshal.loads(text.encode("latin-1"))
    return types.FunctionType(code, {"__builtins__": builtins}, code.co_name, tuple(defaults) or None)
