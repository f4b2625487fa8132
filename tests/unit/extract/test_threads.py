"""Texts may be parsed in several threads at once, as a service reads several calls."""

import ast
import gc
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from coderm.extract.syntax.parsing import parse

TEXT = "\n".join(f"def f{number}(x):\n    return [x + {number}, (x, {number})]" for number in range(40))


class Garbage:
    """Part of a cycle; Python runs at its end, so that another thread may get its turn there."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None: ...


@pytest.fixture
def turns_anywhere():
    """Let threads take turns in the middle of what Python does in C."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(1e-6)
    gc.set_threshold(50, 1, 1)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*thresholds)


def test_parsing_in_threads_is_parsing(turns_anywhere):
    def work(_):
        Garbage()
        return type(parse(TEXT))

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(work, range(160))) == {ast.Module}
