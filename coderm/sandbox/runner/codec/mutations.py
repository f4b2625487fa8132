"""Changes that a call made in place: found by comparing nodes before and after, and applied to the object that both sides hold."""

import collections
import functools
import io
from typing import Any

from ..transport.json_text import Malformed
from . import arrays, library
from .decoders import SHELLS, checked, fill, latin
from .nodes import Node, NodeReader

CHANGEABLE = frozenset({*SHELLS, "o", "io", "ib", "a", "ao"}) - {"R"}
"""Tags of objects that a call may change in place."""


def change(value: Any, node: Node, reader: NodeReader) -> None:
    """Give a mutable object the content of a node of its kind."""
    tag = checked(str, node[0])
    if tag in ("l", "B") and isinstance(value, (list, bytearray)):
        value[:] = reader.items(node[1]) if tag == "l" else latin(node[1])
    elif tag in ("s", "q", "d", "C", "O", "D") and isinstance(value, (set, collections.deque, dict)):
        fresh = SHELLS[tag](node)
        fill(fresh, node, reader)
        value.clear()
        if isinstance(value, (set, collections.deque)):
            (value.update if isinstance(value, set) else value.extend)(fresh)
        else:
            (value.update if tag == "O" else functools.partial(dict.update, value))(fresh)
    elif tag in ("io", "ib") and isinstance(value, (io.StringIO, io.BytesIO)):
        _change_stream(value, node)
    elif tag == "lm":
        library.fill(value, node, reader)
    elif tag in ("a", "ao"):
        arrays.change(value, arrays.read(node) if tag == "a" else arrays.from_items(node, reader.items(node[1])))
    else:
        raise Malformed("a change of another kind")


def _change_stream(value: Any, node: Node) -> None:
    if node[1] is None:
        value.close()
        return
    value.seek(0)
    value.truncate()
    value.write(latin(node[1]) if node[0] == "ib" else checked(str, node[1]))
    value.seek(checked(int, node[2]))


def same_node(left: Node, right: Node) -> bool:
    """Whether two nodes say the same: unlike ==, 1 is not 1.0 and not True."""
    return left == right and _kinds(left) == _kinds(right)


def _kinds(node: Node) -> list[Any]:
    return [list(map(type, part)) if type(part) is list else type(part) for part in node]
