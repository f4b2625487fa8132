"""A candidate script out of an answer: a whole program that reads standard input and writes standard output.

Nothing is dropped: the `__main__` block, prints and reads are what the program is. The block that counts is the last one that
prints, failing that the last one that is Python. One that is cut off is no program, since its end is what writes the answer.
"""

import ast
import re

from coderm.extract.answers.snippets import Snippet, read_answer, unusable
from coderm.extract.extracted import Extracted
from coderm.extract.rejection import Reason, Rejection, refused_by_python
from coderm.extract.syntax.editing import changed
from coderm.extract.syntax.imports import with_missing_imports
from coderm.extract.syntax.normalise import program_key
from coderm.extract.syntax.parsing import BadSyntax, compiles
from coderm.extract.syntax.scopes import unbound

STATEMENT = re.compile(r"^[ \t]*+(?:def|class|import|from|for|while|if)\s|\b(?:print|input)\(", re.MULTILINE)
"""What a block of prose does not hold."""
_WRITERS = frozenset({"print", "write", "writelines"})


def extract_script(text: str) -> Extracted | Rejection:
    """Find the script in an answer; total over all texts."""
    if (refused := unusable(text)) is not None:
        return refused
    found = read_answer(text).snippets
    usable = [item for item in found if item.code is not None]
    chosen = next((item for item in reversed(usable) if item.code and _prints(item.code.tree)), usable[-1] if usable else None)
    if chosen is None or chosen.code is None:
        return _why(found)
    if chosen.ends_early:
        return Rejection(Reason.TRUNCATED, "the script is cut off")
    code = changed(chosen.code, lambda code: with_missing_imports(code, unbound(code.text)))
    if isinstance(code, BadSyntax):
        return refused_by_python(code)
    if (error := compiles(code.text)) is not None:
        return refused_by_python(error)
    return Extracted(code.text, program_key(code.text))


def _prints(tree: ast.Module) -> bool:
    """Whether something in a module writes to a stream."""
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any((item.id if isinstance(item, ast.Name) else getattr(item, "attr", "")) in _WRITERS for item in called)


def _why(found: tuple[Snippet, ...]) -> Rejection:
    broken = [(item, item.error) for item in found if item.error is not None and STATEMENT.search(item.raw)]
    if not broken:
        return Rejection(Reason.NO_CODE)
    last, error = broken[-1]
    return Rejection(Reason.TRUNCATED, error.message) if last.ends_early else refused_by_python(error)
