"""Problems as a trainer registers them, as the bank's own; and what the bank tells of them."""

from typing import Literal

from coderm.bank.records import BankedProblem
from coderm.client.contract import CaseSuite, ProblemAnswer, ProblemText, SuiteText
from coderm.errors import DataError
from coderm.extract.syntax.normalise import verbatim_key
from coderm.extract.unit_tests.given_test import may_need, read_given_test
from coderm.messages.cases import Case, Comparison
from coderm.messages.problem import Problem
from coderm.messages.scoring import Cases, Suite, UnitTests

WriterState = Literal["ready", "writing", "waiting", "failed"]


def problem_of(text: ProblemText) -> Problem:
    """Return the problem that a request states; one whose cases are to be written has `cases` that say how they are compared."""
    return Problem(
        text.id,
        text.question,
        text.entry_point,
        examples=text.examples,
        source="service",
        judge_cpu_s=text.cpu_s,
        prelude=text.prelude,
        cases=_no_cases(text) if text.kind == "stdin" and text.own_suite is None else None,
    )


def _no_cases(text: ProblemText) -> Cases:
    if isinstance(text.suite, CaseSuite):
        return Cases((), _comparison(text.suite), text.suite.nonzero_exit)
    return Cases(())


def _comparison(suite: CaseSuite) -> Comparison:
    return Comparison(suite.compare, suite.rtol, suite.atol, suite.checker)


def suite_of(text: SuiteText, problem: Problem) -> Suite:
    """Return the tests that a request states.

    Unit tests become cases of a TestCase, as a user's tests do in a run. Raises DataError for one that needs what no sandbox has.
    """
    if isinstance(text, CaseSuite):
        return Cases(tuple(Case(item.input, item.output) for item in text.cases), _comparison(text), text.nonzero_exit)
    for number, test in enumerate(text.tests):
        if may_need(test) and (needs := read_given_test(test, problem).needs):
            raise DataError(
                f"{problem.task_id}: test {number} needs what no sandbox has: {', '.join(needs)}; "
                "write it with unittest or plain asserts, or take it out"
            )
    return UnitTests(tuple(read_given_test(test, problem).code for test in text.tests))


def keys_of(suite: Suite) -> tuple[str, ...]:
    """Return a key for each unit test: two with one key do the same. Cases have none."""
    return tuple(map(verbatim_key, suite.tests)) if isinstance(suite, UnitTests) else ()


def answer_of(known: BankedProblem, state: WriterState = "ready", message: str = "") -> ProblemAnswer:
    """Return what a service tells of a problem; state, message: of the writer of its tests."""
    kind: Literal["given", "bank", "none"] = "given" if known.given else "bank" if known.active or known.wanted else "none"
    return ProblemAnswer(
        id=known.problem.task_id,
        suite=kind,
        tests=known.active,
        retired=known.retired,
        wanted=known.wanted,
        state=state,
        message=message,
    )
