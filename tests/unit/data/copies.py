"""Ways to hide that a problem is another's copy."""

import ast
import re
from dataclasses import replace

from coderm.extract.syntax.entry import entry_of
from coderm.extract.syntax.scopes import PROVIDED, functions
from coderm.messages.problem import Problem

WORDS = {
    "return": "give back", "list": "sequence", "number": "value", "numbers": "values", "text": "passage", "string": "passage",
    "function": "routine", "the": "that", "of": "from", "each": "every", "a": "one", "an": "one", "and": "as well as",
    "in": "within",
    "is": "happens to be", "are": "happen to be", "all": "all of the", "with": "having", "that": "which", "if": "whenever",
    "word": "term", "words": "terms", "first": "leading", "last": "final", "count": "tally", "by": "through", "to": "unto",
}  # fmt: skip


def renamed(problem: Problem) -> Problem:
    """Every name of the program's own is another one, in the question too."""
    tree = ast.parse(problem.reference)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)} | set(functions(tree.body))
    table = {name: f"zz{number}" for number, name in enumerate(sorted(names - PROVIDED - {"self"}))}
    return _with(problem, lambda text: re.sub(r"\w+", lambda match: table.get(match[0], match[0]), text), table)


def reworded(problem: Problem) -> Problem:
    """The question is told in other words, and its examples are left out; the program is what it was."""
    lines = problem.question.replace('"""', "").splitlines()
    shown = {place + after for place, line in enumerate(lines) if ">>>" in line for after in (0, 1)}
    prose = [line for place, line in enumerate(lines) if place not in shown and not line.startswith(("def ", "from ", "class "))]
    words = " ".join(prose).split()
    told = " ".join(WORDS.get(word.strip(".,").lower(), word) for word in words)
    return replace(problem, question=f"Here is a task. {told}", prompt="", task_id=problem.task_id + "/copy")


def reformatted(problem: Problem) -> Problem:
    """Other layout, no docstring, other quotes; the question in capitals with other line breaks."""
    tree = ast.parse(problem.reference)
    for node in functions(tree.body).values():
        node.body = [item for item in node.body if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))]
    question = "\n\n".join(problem.question.upper().split())
    return replace(
        problem, reference=f"# copied\n{ast.unparse(tree)}\n", question=question, prompt="", task_id=problem.task_id + "/copy"
    )


def _with(problem: Problem, change, table) -> Problem:
    name = entry_of(problem).name
    return replace(
        problem, question=change(problem.question), prompt=change(problem.prompt), reference=change(problem.reference),
        entry_point=table.get(name, name), task_id=problem.task_id + "/copy",
    )  # fmt: skip
