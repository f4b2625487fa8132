"""The parts of a pair's interpreter that need no process of its own."""

import pytest

from coderm.sandbox.runner.processes.interpreter import LATE_WRITERS, exit_status, mentions


@pytest.mark.parametrize(("argument", "status"), [(None, 0), (0, 0), (3, 3), (-1, 255), (256, 0), (True, 1), ("sorry", 1), ((), 1)])
def test_an_argument_of_exit_has_its_status(argument, status, capsys):
    assert exit_status(argument) == status
    assert capsys.readouterr().err == ("" if argument is None or isinstance(argument, int) else f"{argument}\n")


@pytest.mark.parametrize(
    ("text", "writes"),
    [
        ("print(input())", False),
        ("def f():\n    return [len(x) for x in 'opening']", False),
        ("out = open(1, 'w')", True),
        ("def f():\n    class A:\n        def __del__(self):\n            pass", True),
        ("import os\nf = lambda: os.fdopen(1)", True),
        ("import weakref\nweakref.finalize(a, print)", True),
    ],
)
def test_programs_whose_objects_may_write_when_they_go_are_known(text, writes):
    assert mentions(compile(text, "p", "exec"), LATE_WRITERS) is writes
