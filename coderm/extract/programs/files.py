"""A program that an answer spreads over several files: imports of the other files become names of one module.

Only what another block of the answer defines is taken; imports of anything else stay, and fail where they would have failed.
"""

import ast
from collections.abc import Sequence

from coderm.extract.syntax.editing import Source
from coderm.extract.syntax.imports import is_installed
from coderm.extract.syntax.scopes import bound
from coderm.extract.unit_tests.program_imports import Plan, attributes_of, rewritten, shrink


def without_file_imports(code: Source, others: Sequence[Source]) -> str:
    """Return the text of a program with what it imports from the other blocks taken by name, to be merged in front of it."""
    imports = (ast.Import, ast.ImportFrom)
    nodes = (node for other in others for node in other.body if not isinstance(node, imports))
    given = frozenset(name for node in nodes for name in bound(node))
    plan = Plan()
    top = {id(node) for node in code.body}
    for node in ast.walk(code.tree) if given else ():
        if isinstance(node, ast.ImportFrom):
            _import_from(node, given, plan, id(node) in top)
        elif isinstance(node, ast.Import):
            _import(node, code.tree, given, plan, id(node) in top)
    return rewritten(code, plan)


def _import_from(node: ast.ImportFrom, given: frozenset[str], plan: Plan, is_top: bool) -> None:
    if node.level == 0 and is_installed(node.module or ""):
        return
    gone = [alias for alias in node.names if alias.name in given or alias.name == "*"]
    if gone:
        renamed = [f"{alias.asname} = {alias.name}" for alias in gone if alias.asname and alias.asname != alias.name]
        shrink(node, [alias for alias in node.names if alias not in gone], renamed, plan, is_top)


def _import(node: ast.Import, tree: ast.Module, given: frozenset[str], plan: Plan, is_top: bool) -> None:
    gone = [alias for alias in node.names if not is_installed(alias.name) and _uses(tree, alias) and _uses(tree, alias) <= given]
    if gone:
        plan.modules.update(alias.asname or alias.name for alias in gone)
        shrink(node, [alias for alias in node.names if alias not in gone], [], plan, is_top)


def _uses(tree: ast.Module, alias: ast.alias) -> set[str]:
    return {node.attr for node in attributes_of(tree, {alias.asname or alias.name})}
