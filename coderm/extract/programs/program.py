"""A candidate program out of an answer.

The block that counts is the last one that defines the entry point with a body, so a corrected version wins; names it reads
but never binds come from the nearest other block, then from the problem's stub, then from the table of usual imports. Without
such a block the answer may be the continuation of the stub, as base models write it. Demonstrations, tests, prints and the
`__main__` block go; helpers, constants, tables and the code that fills them stay.
"""

import re
import textwrap
from collections.abc import Sequence

from coderm.extract.answers.snippets import Snippet, read_answer, snippet, unusable
from coderm.extract.extracted import Extracted
from coderm.extract.programs.demonstrations import droppable
from coderm.extract.programs.files import without_file_imports
from coderm.extract.rejection import Reason, Rejection, refused_by_python
from coderm.extract.syntax.editing import Source, changed, rewrite, source
from coderm.extract.syntax.entry import Entry, adapter, answers, defines, entry_of
from coderm.extract.syntax.imports import with_missing_imports
from coderm.extract.syntax.merge import merged
from coderm.extract.syntax.normalise import program_key
from coderm.extract.syntax.parsing import TOO_DEEP, BadSyntax, compiles
from coderm.extract.syntax.scopes import unbound
from coderm.messages.problem import Problem

MAX_BODY = 16 * 1024  # characters; a function's body is shorter
MAX_BODIES = 4  # blocks tried as a body, last first
DEFINITION = re.compile(r"(?:def|class|async|@\w)")
STATEMENT = re.compile(r"^[ \t]*+(?:def|class|import|from)\s", re.MULTILINE)
NAMED = re.compile(r"\b(def|class)\s++(\w++)")


def extract_program(text: str, problem: Problem) -> Extracted | Rejection:
    """Find the program in an answer to a problem; total over all texts."""
    if (refused := unusable(text)) is not None:
        return refused
    entry = entry_of(problem)
    answer = read_answer(text)
    found = answer.snippets
    chosen = _chosen(found, answer.text, problem, entry)
    if chosen is None:
        return _why(found, entry)
    others = [item.code for item in found if item.code is not None and item.code is not chosen]
    return _finished(chosen, others, problem, entry)


def _chosen(found: Sequence[Snippet], text: str, problem: Problem, entry: Entry) -> Source | None:
    continues = text.lstrip("\n")[:1] in (" ", "\t") and bool(problem.prompt.strip())
    if continues and (code := _continued(text, problem, entry)) is not None:
        return code
    for item in reversed(found):
        if item.code is not None and defines(item.code.tree, entry):
            return item.code
    for raw in [*(item.raw for item in found[: -MAX_BODIES - 1 : -1]), text] if problem.prompt.strip() else ():
        if (code := _continued(raw, problem, entry)) is not None:
            return code
    return None


def _continued(raw: str, problem: Problem, entry: Entry) -> Source | None:
    """Read a text as the body that the stub lacks; the first line, or every line, may have lost its indentation."""
    body = raw.strip("\n").rstrip()
    stub = problem.prompt.rstrip() + "\n"
    if len(body) > MAX_BODY:
        return None
    for attempt in _indented(body):
        code = snippet(stub + attempt + "\n", closed=True).code
        if code is not None and defines(code.tree, entry) and answers(code.tree, entry):
            return code
    return None


def _indented(body: str) -> tuple[str, ...]:
    bare = body.lstrip(" \t")
    if DEFINITION.match(bare):
        return (body,) if bare != body else ()
    if bare != body:
        return (body, "    " + bare, textwrap.indent(textwrap.dedent(body), "    "))
    return ("    " + body, textwrap.indent(body, "    "))


def _finished(chosen: Source, others: Sequence[Source], problem: Problem, entry: Entry) -> Extracted | Rejection:
    stub = source(problem.prompt)
    providers = [*reversed(others), *([stub] if isinstance(stub, Source) else [])]
    clean = changed(
        chosen,
        lambda code: without_file_imports(code, others),
        lambda code: merged(code, providers, entry.hidden),
        lambda code: with_missing_imports(code, unbound(code.text)),
    )
    if isinstance(clean, BadSyntax):
        return refused_by_python(clean)
    text = rewrite(clean, droppable(clean, entry)).strip("\n") + "\n" + adapter(clean.tree, entry)
    if (error := compiles(text)) is not None:
        return refused_by_python(error)
    return Extracted(text, program_key(text))


def _why(found: Sequence[Snippet], entry: Entry) -> Rejection:
    """Name the reason why no block of an answer will do."""
    stubs = [item for item in found if item.code is not None and defines(item.code.tree, entry, stub=True)]
    for item in reversed(found):
        if item.error is not None and _defines(item.raw, entry) and item not in stubs:
            if item.ends_early and _defines(item.cut, entry):
                return Rejection(Reason.TRUNCATED, item.error.message)
            return refused_by_python(item.error)
    if stubs:
        return Rejection(Reason.NO_BODY)
    if any(item.code is not None for item in found):
        return Rejection(Reason.NO_ENTRY_POINT, f"{entry.name or 'a function'} is not defined")
    broken = [item.error for item in found if item.error is not None]
    if any(error.message == TOO_DEEP for error in broken):
        return Rejection(Reason.TOO_LARGE, TOO_DEEP)
    looks = any(STATEMENT.search(item.raw) for item in found if item.error)
    return refused_by_python(broken[-1]) if looks else Rejection(Reason.NO_CODE)


def _defines(text: str, entry: Entry) -> bool:
    """Whether a text that Python refuses seems to define what is asked for."""
    names = {entry.name or entry.holder} - {""}
    return any(not names or match[2] in names for match in NAMED.finditer(text) if names or match[1] == "def")
