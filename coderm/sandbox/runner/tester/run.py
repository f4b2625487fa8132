"""The tester's work in isolated grading: execute test modules with stand-ins for the program's names, and report.

Never executes a line of the program. One tester may serve many tests, as long as none leaves anything behind.
"""

import builtins
import dataclasses
import os
import sys
import unittest
from collections.abc import Callable, Iterable
from types import CodeType, ModuleType
from typing import Any, NamedTuple

from .. import constants
from ..confinement.forks import FRESH_EXIT, GONE_EXIT
from ..confinement.limits import allow_report
from ..confinement.memory import Growth
from ..confinement.reports import Report
from ..confinement.watch import flush_output
from ..constants import SOLUTION
from ..purity.world import World
from ..transport.link import Link
from ..unittests.drivers import execute
from ..unittests.run_module import Tally, code_of, describe, run_all
from .broadcasting import watch_comparisons
from .conversation import Remote
from .dataclass_calls import serve_dataclass_calls
from .program_names import KNOWN, Plan, resolve_known

FIXTURES = ("setUpModule", "tearDownModule")


class ProgramModule(ModuleType):
    """Stands for the program's module in `import solution`; the fixtures that unittest looks for there are the test's own."""

    coderm_program = 0

    def __init__(self, remote: Remote, tests: dict[str, Any]) -> None:
        super().__init__(SOLUTION)
        self.__dict__.update(_remote=remote, _tests=tests)

    def __getattr__(self, name: str) -> Any:
        if name in FIXTURES:
            if name in self._tests:
                return self._tests[name]
            raise AttributeError(name)
        if name == "__all__":
            hiding = KNOWN.keys() | vars(builtins).keys()
            return [name for name in self._remote.names(["*"]) if not name.startswith("_") and name not in hiding]
        if name.startswith("__"):
            raise AttributeError(f"module {SOLUTION!r} has no attribute {name!r}")
        found = self._remote.names([name])
        if name not in found:
            raise AttributeError(f"module {SOLUTION!r} has no attribute {name!r}")
        return found[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            self._remote.ask("setattr", None, (self, name, value), {})

    def __delattr__(self, name: str) -> None:
        self._remote.ask("delattr", None, (self, name), {})


class Task(NamedTuple):
    """A test to run: whether to look at what it left, and the place of its program among those of the candidate."""

    code: CodeType
    plan: Plan
    looks: bool = False
    program: int = 0


class Tester:
    """Runs tests of one program, or of several that are proved to leave nothing."""

    def __init__(self, link: Link, *, details: bool, alone: bool) -> None:
        self._remote = Remote(link)
        serve_dataclass_calls(self._remote)
        self._details = details
        self._alone = alone
        self._error: BaseException | None = None

    def run(self, tasks: Iterable[Task], send: Callable[[Report], None]) -> int:
        """Report on one test after the other; return an exit status.

        Ends without a report where only fresh processes can tell: where memory or stack ran out, since how much was left depends on
        the tests before. After a look, the session goes on only if the test has passed and nothing has changed on either side: a
        program that could remember must not learn which of its answers were wrong.
        """
        world: World | None = None
        growth = Growth()
        for task in tasks:
            if task.looks:
                world = world or World(os.getcwd())
                self._error = None
                self._remote.forget()
                world.begin(task.code)
            report = self._run_one(task)
            if self._remote.tampered:
                report = Report(constants.TAMPERED, detail=f"the program broke the protocol: {self._remote.tampered}")
            elif self._remote.gone:
                return GONE_EXIT
            elif not self._alone and (self._remote.exhausted or isinstance(self._error, MemoryError | RecursionError)):
                return 0
            send(report)
            if not self._alone and growth.is_large():
                return FRESH_EXIT
            if task.looks and world and (report.outcome != constants.PASSED or world.changed() or self._remote.leaves_something()):
                return FRESH_EXIT
        return 0

    def _run_one(self, task: Task) -> Report:
        self._error = None
        try:
            report = self._run_test(task)
            flush_output()
        except BaseException as error:  # noqa: BLE001 - whatever a test raises is its outcome
            if isinstance(error, MemoryError):
                allow_report()
            self._error = error
            report = Report(code_of(error), detail=describe(error) if self._details else "")
        return self._vouched_for(report)

    def _vouched_for(self, report: Report) -> Report:
        """Make a test unserved in which this side refused anything, and one that passed by the program's own word."""
        reason = self._remote.refusal or (self._remote.doubted if report.outcome == constants.PASSED else "")
        if not reason:
            return report
        detail = f"isolated grading cannot vouch for it: {reason}"[:1000] if self._details else ""
        return dataclasses.replace(report, outcome=constants.UNSERVED, detail=detail)

    def _run_test(self, task: Task) -> Report:
        if task.plan.numpy:
            watch_comparisons(self._remote.doubt)
        module = ModuleType(SOLUTION)
        module.__dict__.update(self._names(task.plan, task.program))
        self._remote.links.watch(module.__dict__, task.plan.own)
        self._remote.defined = module.__dict__
        sys.modules[SOLUTION] = ProgramModule(self._remote, module.__dict__)
        try:
            execute(task.code, module.__dict__)
        except unittest.SkipTest as skip:
            return Report(constants.SKIPPED, detail=f"skipped: {skip}")
        self._refuse_twins(module.__dict__)
        tally = Tally(details=self._details, text=task.code)
        planned = run_all(module.__dict__, set(), tally, proved=not self._alone and not task.looks)
        self._error = tally.error
        return tally.report(planned)

    def _refuse_twins(self, names: dict[str, Any]) -> None:
        """Refuse a class of the test under a name of the program, which would be the test's in one namespace."""
        kinds = {name: value for name, value in names.items() if type(value) is type and value.__module__ == SOLUTION}
        own = {name for name, value in kinds.items() if not issubclass(value, unittest.TestCase)}
        if own and (twins := own & self._remote.names(["*"]).keys()):
            self._remote.refused(NameError(f"both test and program define {min(twins)}"))

    def _names(self, plan: Plan, program: int) -> dict[str, Any]:
        """Have the program executed; return the names of it that the test uses."""
        found = self._remote.begin(plan, program)
        return {name: resolve_known(name, value) if name in plan.known else value for name, value in found.items()}


def run_tester(tasks: Iterable[Task], fd: int, send: Callable[[Report], None], *, details: bool, alone: bool) -> int:
    """Run in the tester's process; return its exit status."""
    return Tester(Link(fd), details=details, alone=alone).run(tasks, send)
