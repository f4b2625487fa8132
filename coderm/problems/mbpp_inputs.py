"""Types that JSON took from the inputs of MBPP+: lists that were tuples, sets or complex numbers.

Which task has which form is a fact of the data set (EvalPlus, MBPP+ 0.2.0).
"""

from collections.abc import Callable, Sequence
from typing import Any

Restore = Callable[[Any], Any]


def _keep(value: Any) -> Any:
    return value


def _list_of(form: Restore) -> Restore:
    return lambda value: [form(item) for item in value]


def _tuple_of(form: Restore) -> Restore:
    return lambda value: tuple(form(item) for item in value)


def _loose(value: Any) -> Any:
    """A list becomes a tuple, everything else stays."""
    return tuple(value) if isinstance(value, list) else value


def _deep(value: Any) -> Any:
    return tuple(_deep(item) for item in value) if isinstance(value, list) else value


def _set(value: Any) -> Any:
    """An empty set was written as an empty dict."""
    return set(value) if isinstance(value, list) and value else {}


def _tuple_values(value: Any) -> Any:
    return {key: tuple(item) for key, item in value.items()}


_FORMS: tuple[tuple[tuple[Restore, ...], Restore, tuple[int, ...]], ...] = (
    ((), tuple, (2, 116, 132, 143, 222, 261, 273, 394, 399, 421, 424, 429, 470, 560, 579, 596, 616, 630, 726, 740, 744, 809)),
    ((), _list_of(tuple), (63, 64, 70, 94, 120, 237, 272, 299, 400, 409, 417, 438, 473, 614, 780)),
    ((_list_of(tuple),), _keep, (75, 413, 444, 753)),
    ((_keep, tuple), _keep, (106, 750)),
    ((_list_of(_set),), _keep, (115,)),
    ((float, complex), _keep, (124,)),
    ((tuple,), _keep, (250, 307, 405, 446, 617, 720, 763, 808)),
    ((complex,), _keep, (252,)),
    ((), _tuple_of(tuple), (259, 401, 445)),
    ((_tuple_of(_loose),), _keep, (278,)),
    ((), _deep, (580, 615, 791)),
    ((_tuple_values,), _keep, (722,)),
)
"""(forms of the first arguments, form of all further ones, tasks)."""

_BY_TASK = {number: (first, rest) for first, rest, numbers in _FORMS for number in numbers}


def restore_inputs(number: int, inputs: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Return the inputs of one task, each a list of arguments, with their original types."""
    first, rest = _BY_TASK.get(number, ((), _keep))
    return [
        [form(value) for form, value in zip(first, arguments, strict=False)] + [rest(value) for value in arguments[len(first) :]]
        for arguments in inputs
    ]
