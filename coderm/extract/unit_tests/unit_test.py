"""A unit test out of an answer: one module of unittest.TestCase classes that names the program but does not hold it.

The block that counts is the last one with a TestCase class; failing that with a class or functions as pytest collects them;
failing that with bare assertions, which are put into a TestCase. A class cut off by the token limit keeps what is complete of
it: fewer cases are still a test. The program's names are never bound, not by a pasted copy nor by an import.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from coderm.extract.answers.snippets import Snippet, completed, read_answer, unusable
from coderm.extract.rejection import Reason, Rejection, refused_by_python
from coderm.extract.syntax.editing import Source, reread, rewrite, source, with_header
from coderm.extract.syntax.entry import HOLDER, Entry, entry_of
from coderm.extract.syntax.imports import missing_imports
from coderm.extract.syntax.merge import merged
from coderm.extract.syntax.normalise import unit_test_key, verbatim_key
from coderm.extract.syntax.parsing import MAX_CHARS, TOO_DEEP, BadSyntax, compiles
from coderm.extract.syntax.scopes import Function, loaded, unbound
from coderm.extract.unit_tests.cases import Shape, asserts, case_classes, is_test_method, shape
from coderm.extract.unit_tests.clutter import copies, footers
from coderm.extract.unit_tests.fixtures import required
from coderm.extract.unit_tests.hooks import with_unittest_hooks
from coderm.extract.unit_tests.parametrised import as_plain_tests
from coderm.extract.unit_tests.program_imports import FRAMEWORKS, lost_names, without_holder, without_program_imports
from coderm.extract.unit_tests.raises import with_assert_raises
from coderm.extract.unit_tests.skips import without_skipped_tests
from coderm.extract.unit_tests.to_unittest import as_unittest
from coderm.messages.problem import Problem

FRAMEWORK_NAMES = frozenset(FRAMEWORKS)
EVALUATORS = {"eval", "exec", "globals"}
WORD = re.compile(r"\w++")


@dataclass(frozen=True, slots=True)
class UnitTest:
    """One unit test: complete module text, and the content key that duplicates share."""

    code: str
    key: str


def read_unit_test(code: str, problem: Problem) -> UnitTest:
    """Take a recorded unit test verbatim; never rejected, since its position counts."""
    return UnitTest(code, verbatim_key(code))


def extract_unit_test(text: str, problem: Problem) -> UnitTest | Rejection:
    """Find the unit test in an answer about a problem; total over all texts."""
    if (refused := unusable(text, MAX_CHARS)) is not None:
        return refused
    entry = entry_of(problem)
    found = [item if item.closed else completed(item) for item in read_answer(text).snippets]
    usable = [replace(item, code=_plainer(item.code)) for item in found if item.code is not None]
    chosen = max(reversed(usable), key=_rank, default=None)
    if chosen is None or chosen.code is None or _rank(chosen) is Shape.NOTHING:
        return _why(found)
    others = [item.code for item in usable if item.code is not None and item is not chosen]
    lost = lost_names(chosen.code.tree, entry)
    code = _cleaned(chosen.code, others, entry)
    if isinstance(code, BadSyntax):
        return refused_by_python(code)
    return _checked(code, entry, lost)


def _plainer(code: Source) -> Source:
    """Return a module with the forms of test frameworks put into plain ones, where that can be done."""
    for change in (as_plain_tests, with_unittest_hooks, with_assert_raises, without_skipped_tests):
        plain = reread(code, change(code))
        code = plain if isinstance(plain, Source) else code
    return code


def _rank(item: Snippet) -> Shape:
    return Shape.NOTHING if item.code is None else shape(item.code.tree)


def _cleaned(chosen: Source, others: Sequence[Source], entry: Entry) -> Source | BadSyntax:
    hidden = entry.hidden | {HOLDER}
    code = reread(chosen, merged(chosen, [*reversed(others)], hidden))
    if isinstance(code, Source):
        code = reread(code, without_program_imports(code, entry))
    if isinstance(code, Source):
        code = _without(code, copies(code, entry))
    if isinstance(code, Source):
        code = reread(code, as_unittest(code, entry.hidden))
    if isinstance(code, Source):
        code = _without(code, footers(code, entry))
    if isinstance(code, Source) and entry.name and not entry.holder and HOLDER in loaded([code.tree]):
        code = reread(code, without_holder(code, entry))
    if isinstance(code, Source):
        lacking = unbound(code.text) - hidden
        code = reread(code, with_header(code.text, missing_imports(lacking, code.tree)))
    return code


def _without(code: Source, dropped: list[ast.stmt]) -> Source | BadSyntax:
    return source(rewrite(code, dropped)) if dropped else code


def _checked(code: Source, entry: Entry, lost: frozenset[str]) -> UnitTest | Rejection:
    """Hold a cleaned test against everything that makes a test worth running."""
    classes = case_classes(code.tree)
    if not classes:
        return Rejection(Reason.NO_TEST_CLASS)
    if not any(is_test_method(item) for node in classes for item in node.body):
        return Rejection(Reason.NO_TESTS)
    if missing := sorted(_lacking(code, lost)):
        return Rejection(Reason.FOREIGN_MODULE, ", ".join(missing))
    if not asserts(code.tree):
        return Rejection(Reason.NO_ASSERTIONS)
    if entry.name and not _mentions(code.tree, entry.name):
        return Rejection(Reason.NO_CALL, f"{entry.name} is not called")
    text = code.text.strip("\n") + "\n"
    if (error := compiles(text)) is not None:
        return refused_by_python(error)
    return UnitTest(text, unit_test_key(text))


def _lacking(code: Source, lost: frozenset[str]) -> frozenset[str]:
    """Return what a test needs and nobody gives it: names of modules that no sandbox has, parameters that a framework fills."""
    names = unbound(code.text)
    methods = [item for node in case_classes(code.tree) for item in node.body if is_test_method(item)]
    plain = [item for item in methods if isinstance(item, Function) and not item.decorator_list]
    unfilled = frozenset(name for item in plain for name in required(item, 1))
    return (names & (lost | FRAMEWORK_NAMES)) | (names if "*" in lost else frozenset()) | unfilled


def _mentions(tree: ast.Module, name: str) -> bool:
    """Whether a module reads a name, or holds it in a text while it evaluates texts."""
    nodes = list(ast.walk(tree))
    if any(name == (node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")) for node in nodes):
        return True
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return bool(loaded([tree]) & EVALUATORS) and any(name in WORD.findall(text) for text in texts)


def _why(found: Sequence[Snippet]) -> Rejection:
    """Name the reason why no block of an answer tests anything."""
    for item in reversed(found):
        if item.error is not None and ("class " in item.raw or "def test" in item.raw or "assert" in item.raw):
            return Rejection(Reason.TRUNCATED, item.error.message) if item.ends_early else refused_by_python(item.error)
    if any(item.error is not None and item.error.message == TOO_DEEP for item in found):
        return Rejection(Reason.TOO_LARGE, TOO_DEEP)
    return Rejection(Reason.NO_TEST_CLASS if any(item.code is not None for item in found) else Reason.NO_CODE)
