"""Kinds of containers that may change in place: what each holds, how that is written, and how it is put in place.

Content is read and replaced by the builtin's own methods, whatever a subclass defines. So every function here also serves
instances of subclasses.
"""

import collections
import enum
import io
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

from ..transport.json_text import Malformed
from . import arrays, library
from .decoders import checked, latin
from .encoders import WRITERS
from .nodes import Node, NodeReader, NodeWriter
from .structure import instance_fields, slot_fields


class Kind(NamedTuple):
    """One kind. What it holds is a list of parts, compared by identity, or else something compared by ==."""

    base: type
    content: Callable[[Any], Any]
    put: Callable[[Any, Node, NodeReader], None]


def fields(value: Any) -> dict[str, Any]:
    """Return the fields of an object of the test; a member of an enumeration shows its name and value."""
    named = {"name": value.name, "value": value.value} if isinstance(value, enum.Enum) else {}
    return instance_fields(value) | slot_fields(value) | named


def flattened(pairs: dict[Any, Any]) -> list[Any]:
    """Return keys and values in turn."""
    return list(itertools.chain.from_iterable(pairs.items()))


def _put_list(value: Any, node: Node, reader: NodeReader) -> None:
    list.__setitem__(value, slice(None), reader.items(node[1]))


def _put_bytes(value: Any, node: Node, reader: NodeReader) -> None:
    bytearray.__setitem__(value, slice(None), latin(node[1]))


def _put_set(value: Any, node: Node, reader: NodeReader) -> None:
    items = reader.items(node[1])
    set.clear(value)
    set.update(value, items)


def _put_deque(value: Any, node: Node, reader: NodeReader) -> None:
    items = reader.items(node[2])
    collections.deque.clear(value)
    collections.deque.extend(value, items)


def _put_pairs(value: Any, node: Node, reader: NodeReader) -> None:
    """Set values under keys that stay where they are: a loop over the dict may be going on."""
    items = reader.items(node[-1])
    if len(items) % 2:
        raise Malformed("half a pair")
    base: Any = collections.OrderedDict if isinstance(value, collections.OrderedDict) else dict
    if list(base.keys(value)) != items[::2]:
        base.clear(value)
    for key, item in zip(items[::2], items[1::2], strict=True):
        base.__setitem__(value, key, item)


def _stream_content(value: Any) -> Any:
    return None if value.closed else (type(value).getvalue(value), value.tell())


def _put_stream(value: Any, node: Node, reader: NodeReader) -> None:
    base: Any = io.StringIO if isinstance(value, io.StringIO) else io.BytesIO
    if node[1] is None:
        base.close(value)
        return
    content = latin(node[1]) if base is io.BytesIO else checked(str, node[1])
    base.seek(value, 0)
    base.truncate(value)
    base.write(value, content)
    base.seek(value, checked(int, node[2]))


def _array_content(value: Any) -> Any:
    return [value.shape, *value.ravel().tolist()] if value.dtype.kind == "O" else (value.shape, value.tobytes())


def _put_array(value: Any, node: Node, reader: NodeReader) -> None:
    arrays.change(value, arrays.read(node) if node[0] == "a" else arrays.from_items(node, reader.items(node[1])))


def _put_nothing(value: Any, node: Node, reader: NodeReader) -> None:
    raise Malformed("fields of no object")


def _dict_content(value: Any) -> list[Any]:
    return [*dict.keys(value), *dict.values(value)]


def _ordered_content(value: Any) -> list[Any]:
    return [*collections.OrderedDict.keys(value), *collections.OrderedDict.values(value)]


KINDS: dict[str, Kind] = {
    "l": Kind(list, lambda v: list(list.__iter__(v)), _put_list),
    "d": Kind(dict, _dict_content, _put_pairs),
    "C": Kind(collections.Counter, _dict_content, _put_pairs),
    "D": Kind(collections.defaultdict, _dict_content, _put_pairs),
    "O": Kind(collections.OrderedDict, _ordered_content, _put_pairs),
    "s": Kind(set, lambda v: list(set.__iter__(v)), _put_set),
    "q": Kind(collections.deque, lambda v: list(collections.deque.__iter__(v)), _put_deque),
    "B": Kind(bytearray, lambda v: bytes(bytearray.__getitem__(v, slice(None))), _put_bytes),
    "io": Kind(io.StringIO, _stream_content, _put_stream),
    "ib": Kind(io.BytesIO, _stream_content, _put_stream),
    "a": Kind(object, _array_content, _put_array),
    "ao": Kind(object, _array_content, _put_array),
    "lm": Kind(object, library.content, library.fill),
    "o": Kind(object, lambda v: _dict_content(fields(v)), _put_nothing),
}
"""Kinds by the tags of their nodes. The fields of an object of the test ("o") are written and put by the codec."""


def kind_tag(value: Any, node: Node) -> str | None:
    """Return the kind of a container that was written as this node; None for anything that does not change in place."""
    tag = node[3] if node[0] == "h" and len(node) > 4 else node[0]  # an object of the program with its content
    kind = KINDS.get(tag)
    if kind is None or not isinstance(value, kind.base) or (tag in ("a", "ao") and node[3] is None):
        return None
    return str(tag)


def content_node(writer: NodeWriter, value: Any, tag: str) -> Node:
    """Return the node of what a container holds now."""
    if tag == "o":
        return ["o", writer.items(flattened(fields(value)))]
    if tag in ("a", "ao"):
        return arrays.write(value, writer.items) or []
    if tag == "lm":
        return library.write(writer, value) or []
    return WRITERS[KINDS[tag].base](writer, value)
