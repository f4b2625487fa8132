"""A unit test out of an answer: one module of unittest.TestCase classes that names the program but does not hold it.

The block that counts is the last one with a TestCase class; failing that with a class or functions as pytest collects them;
failing that with bare assertions, which are put into a TestCase. A class cut off by the token limit keeps what is complete of
it: fewer cases are still a test. The program's names are never bound, not by a pasted copy nor by an import.
"""

import ast
import re
from collections.abc import Sequence
from dataclasses import replace

from coderm.extract.answers.snippets import Snippet, completed, read_answer, unusable
from coderm.extract.extracted import Extracted
from coderm.extract.rejection import Reason, Rejection, refused_by_python
from coderm.extract.syntax.editing import Source, changed, rewrite
from coderm.extract.syntax.entry import HOLDER, Entry, entry_of
from coderm.extract.syntax.imports import with_missing_imports
from coderm.extract.syntax.merge import merged
from coderm.extract.syntax.normalise import unit_test_key
from coderm.extract.syntax.parsing import TOO_DEEP, BadSyntax, compiles
from coderm.extract.syntax.scopes import Function, loaded, unbound
from coderm.extract.unit_tests.cases import Shape, asserts, case_classes, is_test_method, shape
from coderm.extract.unit_tests.clutter import copies, footers
from coderm.extract.unit_tests.fixtures import required
from coderm.extract.unit_tests.program_imports import FRAMEWORKS, lost_names, without_holder, without_program_imports
from coderm.extract.unit_tests.to_unittest import as_unittest, with_plain_forms
from coderm.messages.problem import Problem

EVALUATORS = {"eval", "exec", "globals"}
WORD = re.compile(r"\w++")


def extract_unit_test(text: str, problem: Problem) -> Extracted | Rejection:
    """Find the unit test in an answer about a problem; total over all texts."""
    if (refused := unusable(text)) is not None:
        return refused
    entry = entry_of(problem)
    found = [item if item.closed else completed(item) for item in read_answer(text).snippets]
    usable = [replace(item, code=with_plain_forms(item.code)) for item in found if item.code is not None]
    chosen = max(reversed(usable), key=_rank, default=None)
    if chosen is None or chosen.code is None or _rank(chosen) is Shape.NOTHING:
        return _why(found)
    others = [item.code for item in usable if item.code is not None and item is not chosen]
    lost = lost_names(chosen.code.tree, entry)
    code = _cleaned(chosen.code, others, entry)
    if isinstance(code, BadSyntax):
        return refused_by_python(code)
    return _checked(code, entry, lost)


def _rank(item: Snippet) -> Shape:
    return Shape.NOTHING if item.code is None else shape(item.code.tree)


def _cleaned(chosen: Source, others: Sequence[Source], entry: Entry) -> Source | BadSyntax:
    hidden = entry.hidden | {HOLDER}
    return changed(
        chosen,
        lambda code: merged(code, [*reversed(others)], hidden),
        lambda code: without_program_imports(code, entry),
        lambda code: rewrite(code, copies(code, entry)),
        lambda code: as_unittest(code, entry.hidden),
        lambda code: rewrite(code, footers(code, entry)),
        lambda code: without_holder(code, entry),
        lambda code: with_missing_imports(code, unbound(code.text) - hidden),
    )


def _checked(code: Source, entry: Entry, lost: frozenset[str]) -> Extracted | Rejection:
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
    return Extracted(text, unit_test_key(text))


def _lacking(code: Source, lost: frozenset[str]) -> frozenset[str]:
    """Return what a test needs and nobody gives it: names of modules that no sandbox has, parameters that a framework fills."""
    names = unbound(code.text)
    methods = [item for node in case_classes(code.tree) for item in node.body if is_test_method(item)]
    plain = [item for item in methods if isinstance(item, Function) and not item.decorator_list]
    unfilled = frozenset(name for item in plain for name in required(item, 1))
    return (names & (lost | FRAMEWORKS)) | (names if "*" in lost else frozenset()) | unfilled


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
