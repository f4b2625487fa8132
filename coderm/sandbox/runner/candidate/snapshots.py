"""Objects of the candidate as data, for the tester to compare: class and fields."""

import dataclasses
import itertools
from typing import Any

from ..codec.kinds import content_of
from ..codec.nodes import Node, NodeWriter
from ..codec.structure import held, instance_fields, lookup, module_of, mro, slot_fields
from ..constants import SOLUTION


class Snapshot:
    """An object as data: its class and its fields; objects in fields alike."""

    def __init__(self, value: Any, snapshots: dict[int, Any] | None = None) -> None:
        self._value = value
        self._snapshots = {id(value): self} if snapshots is None else snapshots
        """Snapshots made so far, by id: objects may hold each other."""

    def write(self, writer: NodeWriter) -> Node:
        """Return the node."""
        value, kind = self._value, type(self._value)
        fields: dict[Any, Any] = instance_fields(value) | slot_fields(value)
        declared = _declared(kind)
        if declared is not None:
            fields = {name: fields.get(name) for name, field in declared.items() if field.compare}
        pairs = [(name, _snapshot_of(part, self._snapshots)) for name, part in fields.items()]
        return ["R", writer.value(kind), [writer.value(item) for item in itertools.chain.from_iterable(pairs)]]


def _snapshot_of(value: Any, snapshots: dict[int, Any]) -> Any:
    """Return a field for comparison: plain containers are walked, objects of the program become data.

    Also those without an equality of their own, such as the nodes of a list: what holds them may compare what they hold.
    """
    kind = type(value)
    if kind in (list, tuple, set, frozenset):
        return kind([_snapshot_of(part, snapshots) for part in value]) if kind in (list, tuple) else value
    if kind is dict:
        return {key: _snapshot_of(part, snapshots) for key, part in value.items()}
    if module_of(kind) == SOLUTION and content_of(kind) is None and (compares(kind) or not _is_one_of_a_kind(value)):
        return snapshots.setdefault(id(value), Snapshot(value, snapshots))
    return value


def _is_one_of_a_kind(value: Any) -> bool:
    """Whether a value is compared by identity: classes, members of enumerations, exceptions."""
    kind = type(value)
    return issubclass(kind, (type, BaseException)) or any(module_of(base) == "enum" for base in mro(kind))


def compares(kind: type) -> bool:
    """Whether objects of a class are equal by more than identity."""
    return lookup(kind, "__eq__") is not held(object)["__eq__"]


def _declared(kind: type) -> "dict[str, dataclasses.Field[Any]] | None":
    """Return the fields that `dataclass` recorded; None if the class put anything else under that name."""
    found = lookup(kind, "__dataclass_fields__")
    noted = type(found) is dict and all(type(field) is dataclasses.Field for field in found.values())
    return found if noted else None
