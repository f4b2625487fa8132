"""Whether a user's tests can be served: asked before anything starts, answered in one line for the whole file.

A single test without a case is counted at the end, since positions matter. A file in which no test has one, or in which tests need
what no sandbox has, is refused.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from coderm.errors import DataError
from coderm.extract.unit_tests.given_test import may_need, read_given_test
from coderm.messages.case_texts import case_of
from coderm.messages.problem import Problem
from coderm.problems.supplied import open_tests

NAMED = 4
"""Most things named that tests need; more would not fit one line."""


class GivenTests:
    """A tests file under examination, one problem at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.supplied = open_tests(path)
        """The opened file."""
        self._needs: Counter[str] = Counter()
        self._first = ""
        self._held = False

    def look(self, problem: Problem) -> None:
        """Look at a problem's tests; a text is read only while it may change the answer."""
        for number, text in enumerate(self.supplied.of(problem)):
            if problem.cases is not None:
                self._look_at_case(text, number, problem)
                continue
            if self._held and not may_need(text):
                continue
            test = read_given_test(text, problem)
            self._held |= test.holds
            if test.needs and not self._first:
                self._first = f"test {number} of {problem.task_id!r}"
            self._needs.update(test.needs)

    def _look_at_case(self, text: str, number: int, problem: Problem) -> None:
        if case_of(text) is None:
            raise DataError(
                f"{self._path}: test {number} of {problem.task_id!r} is no case, and its programs read standard input; "
                'write tests as texts {"input": ..., "output": ...}'
            )
        self._held = True

    def check(self, selected: Iterable[str], others: Iterable[str]) -> None:
        """Raise DataError for a file that does not fit the problems or cannot be served; arguments as of `Supplied.check`."""
        self.supplied.check(selected, others)
        if self._needs:
            named = ", ".join(f"{name} ({count})" for name, count in self._needs.most_common(NAMED))
            more = f" and {len(self._needs) - NAMED} more" if len(self._needs) > NAMED else ""
            raise DataError(
                f"{self._path}: tests need what no sandbox has: {named}{more}; the first is {self._first}; "
                "write them with unittest or plain asserts, or take them out"
            )
        if not self._held:
            raise DataError(f"{self._path}: no test holds a case; write unittest modules, functions `test_...` or assert lines")
