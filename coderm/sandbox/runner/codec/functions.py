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

BUILTINS = word_set("""
    abs all any bool chr dict divmod enumerate filter float frozenset int isinstance len list map max min ord pow range repr
    reversed round set sorted str sum tuple zip ArithmeticError IndexError KeyError TypeError ValueError ZeroDivisionError
""")
_TELLING_NOTHING = frozenset({None, 0, 1, -1})
"""Constants that code which crosses may hold; True and False are among them."""
_COMPARING = ("COMPARE", "CONTAINS", "IS_OP", "MATCH")
_BEYOND = ("ASSERT", "GLOBAL", "ATTR", "METHOD", "IMPORT", "DEREF", "CLOSURE", "YIELD", "NAME")
"""Parts of the names of instructions that such code has not, but for reading builtins."""


def code_to_send(function: Any) -> str:
    """Return the code of a function that may run anywhere and tells nothing; empty for any other.

    `lambda x: x >= 37` may hold what the test expects, so code has no constant but 0 and 1, and compares with none.
    """
    if type(function) is not types.FunctionType or function.__defaults__ or function.__kwdefaults__ or vars(function):
        return ""
    code, held = function.__code__, function.__globals__
    constants = {constant if type(constant) in (int, bool, type(None)) else "" for constant in code.co_consts}
    beyond = _BEYOND if constants <= {None} else (*_BEYOND, *_COMPARING)
    if not constants <= _TELLING_NOTHING:
        return ""
    for step in dis.get_instructions(code):
        builtin = step.opname == "LOAD_GLOBAL" and step.argval in BUILTINS and step.argval not in held
        if not builtin and any(part in step.opname for part in beyond):
            return ""
    return marshal.dumps(code.replace(co_qualname=code.co_name)).decode("latin-1")


def made_of_code(text: str) -> types.FunctionType:
    """Return the function of some code, at the candidate."""
    code = marshal.loads(text.encode("latin-1"))
    return types.FunctionType(code, {"__builtins__": builtins}, code.co_name)
