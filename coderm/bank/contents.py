"""Tests as rows and back, their content hashes, and suites as tests with a form."""

from collections.abc import Sequence

from coderm.bank.records import Content, Form
from coderm.messages.cases import Case
from coderm.messages.hashing import content_hash
from coderm.messages.problem import Problem
from coderm.messages.scoring import Cases, Suite, UnitTests
from coderm.storage.row_codec import RowDecoder, encode_row

_cases = RowDecoder(Case)


def digest_of(content: Content) -> str:
    """Return the content hash of a test."""
    if isinstance(content, Case):
        return content_hash("stdin", content.input, content.expected)
    return content_hash("unittest", content)


def encode(content: Content) -> bytes:
    """Return the row of a test; any text is kept, lone surrogates too."""
    return encode_row(content) if isinstance(content, Case) else content.encode("utf-8", "surrogatepass")


def decode(kind: str, payload: bytes) -> Content:
    """Return the test of a row. Raises ValueError for a row that holds none."""
    return _cases.decode(payload) if kind == "stdin" else payload.decode("utf-8", "surrogatepass")


def kind_of(content: Content) -> str:
    """Name the kind of a test."""
    return "stdin" if isinstance(content, Case) else "unittest"


def form_of(problem: Problem) -> Form:
    """Return the form of the tests that are written for a problem."""
    if problem.cases is None:
        return Form()
    return Form("stdin", problem.cases.comparison, problem.cases.nonzero_exit)


def parts_of(suite: Suite) -> tuple[Form, tuple[Content, ...]]:
    """Return the form and the tests of a suite."""
    if isinstance(suite, Cases):
        return Form("stdin", suite.comparison, suite.nonzero_exit), suite.cases
    return Form("unittest"), suite.tests


def suite_from(form: Form, contents: Sequence[Content]) -> Suite:
    """Return the suite of a form and its tests."""
    if form.kind == "stdin":
        return Cases(tuple(item for item in contents if isinstance(item, Case)), form.comparison, form.nonzero_exit)
    return UnitTests(tuple(item for item in contents if isinstance(item, str)))


def suite_digest(form: Form, digests: Sequence[str]) -> str:
    """Return the hash of a suite: its form and its tests in order."""
    comparison = form.comparison
    stated = (form.kind, comparison.name, repr(comparison.rtol), repr(comparison.atol), comparison.checker, form.nonzero_exit)
    return content_hash(*stated, *digests)
