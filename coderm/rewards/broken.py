"""Which tests judge nobody: broken ones, found without trusting a program.

A broken test would give every program of its problem a zero that none deserves. It is left out of all rewards; where every test is
broken, the problem has no reward (`broken_tests`). What a program under test can bring about is never a proof: if it were, a policy
could rid itself of a test.
"""

from collections.abc import Sequence

from coderm.extract.syntax.parsing import BadSyntax, parse
from coderm.messages.execution import Outcome
from coderm.messages.scoring import ProgramVerdict, ScoreSettings, Suite, UnitTests

UNDECIDED = (Outcome.PASSED, Outcome.LOST, Outcome.LEFT_OUT)
"""Outcomes of a reference that prove nothing against a test."""


def broken_tests(
    suite: Suite, settings: ScoreSettings, reference: ProgramVerdict | None = None, others: Sequence[ProgramVerdict] = ()
) -> frozenset[int]:
    """Return the places of broken tests, by any of three proofs.

    The text is no Python, or has no case, read on this host. The reference, a program that is known to be right, was judged and did
    not pass it. All of `others`, the programs under test, ended as NO_TESTS where the program has no hand in that: in isolated
    grading without fallback the test module is loaded by a process that never executes a program.
    """
    found = {place for place, text in enumerate(_texts(suite)) if _has_no_case(text)}
    if reference is not None:
        found |= {place for place, outcome in enumerate(reference.outcomes) if outcome not in UNDECIDED}
    if settings.grading == "isolated" and not settings.fallback:
        found |= {place for place in range(len(suite)) if _caseless(place, others)}
    return frozenset(found)


def _texts(suite: Suite) -> tuple[str, ...]:
    return suite.tests if isinstance(suite, UnitTests) else ()


def _has_no_case(text: str) -> bool:
    return isinstance(parse(text), BadSyntax) or not ("TestCase" in text or "load_tests" in text)


def _caseless(place: int, others: Sequence[ProgramVerdict]) -> bool:
    silent = (Outcome.LOST, Outcome.LEFT_OUT)
    known = [verdict.outcomes[place] for verdict in others if verdict.outcomes[place] not in silent]
    return bool(known) and all(outcome is Outcome.NO_TESTS for outcome in known)
