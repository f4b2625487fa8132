"""Mocks of unittest that the test gives to the program, and what the program may do with one.

It calls them, reads attributes and sets plain ones. What the test asserts afterwards, such as `call_count`, is out of its reach.
"""

import ast
import sys
from collections.abc import Sequence
from typing import Any

from ..codec.nodes import SCALARS
from ..constants import word_set
from ..transport.json_text import NotSerializable

_SPECIAL = word_set(
    "__enter__ __exit__ __iter__ __len__ __getitem__ __setitem__ __delitem__ __contains__ __bool__ __int__ __float__"
)
_COUNTED = word_set("call_args call_args_list call_count called method_calls mock_calls")
READ, SET = ".", "="
"""Stand for the name of a method where the program reads or sets an attribute."""


def is_mock(value: Any) -> bool:
    """Whether the test made this value with `unittest.mock`."""
    module = sys.modules.get("unittest.mock")
    return module is not None and issubclass(type(value), module.NonCallableMock)


def is_assertion(name: Any) -> bool:
    """Whether an attribute of a mock tells how it was called."""
    return type(name) is str and (name.startswith("assert_") or name in _COUNTED)


def mock_names(nodes: Sequence[ast.AST]) -> frozenset[str]:
    """Return the attributes under which a test may be given a mock back: it asserts how they were called, or which mock they are.

    Whatever else it did with one, a mock would agree to.
    """
    parents = {id(child): node for node in nodes for child in ast.iter_child_nodes(node)}
    loaded = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)]
    used = {node.attr: True for node in loaded}
    for node in loaded:
        used[node.attr] &= _only_identifies(node, parents) or _only_asserts(node, parents)
    return frozenset(name for name, fine in used.items() if fine)


def _only_identifies(node: ast.AST, parents: dict[int, ast.AST]) -> bool:
    match parents.get(id(node)):
        case ast.Call(func=ast.Attribute(attr="assertIs" | "assertEqual"), args=[_, _]) | ast.Compare(ops=[ast.Is() | ast.Eq()]):
            return True
    return False


def _only_asserts(node: ast.AST, parents: dict[int, ast.AST]) -> bool:
    parent = parents.get(id(node))
    if isinstance(parent, ast.Call) and parent.func is node:
        return _only_asserts(parent, parents)
    if not isinstance(parent, ast.Attribute):
        return False
    return is_assertion(parent.attr) or isinstance(parent.ctx, ast.Store) or _only_asserts(parent, parents)


class MockRef:
    """Refers to a mock of the test."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def offered(self) -> list[str]:
        """Names of the special methods that the program may call."""
        return sorted(name for name in _SPECIAL if hasattr(type(self.value), name)) + ["__call__"] * callable(self.value)

    def call(self, name: Any, values: list[Any], named: dict[str, Any]) -> Any:
        """Do what the program does with the mock. NotSerializable where that would change what the test asserts."""
        if name is None:
            return self.value(*values, **named)
        if name in _SPECIAL and hasattr(type(self.value), name):
            return getattr(self.value, name)(*values)
        attribute = str(values[0])
        if is_assertion(attribute) or attribute.startswith("_") or hasattr(sys.modules["unittest.mock"].Mock, attribute):
            raise NotSerializable(f"the program may not touch {attribute!r} of a mock")
        if name == READ:
            return getattr(self.value, attribute)
        if name != SET or not (values[1] is None or type(values[1]) in SCALARS or type(values[1]) in (int, list, dict)):
            raise NotSerializable(f"the program may not set {attribute!r} of a mock to an object")
        return setattr(self.value, attribute, values[1])
