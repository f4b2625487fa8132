"""Imports of the program under test, which live in no module here: removed, and what was reached through them renamed.

Removed is every import from a module that is neither Python's own nor a usual package (`solution`, `your_module`, `.f`), and of
any import the names that belong to the program. `solution.f` becomes `f`; `from solution import f as g` becomes `g = f`.
"""

import ast
from dataclasses import dataclass, field

from coderm.extract.syntax.dotted import path_of
from coderm.extract.syntax.editing import Replacement, Source, replacement, rewrite
from coderm.extract.syntax.entry import HOLDER, Entry
from coderm.extract.syntax.imports import is_installed

IMPORTERS = ("importlib.import_module", "import_module", "__import__")
FRAMEWORKS = frozenset({"pytest", "hypothesis", "parameterized", "nose_parameterized", "nose", "ddt", "testtools", "absl"})


@dataclass(slots=True)
class Plan:
    """Imports to drop, expressions to replace, and names of modules through which the program was reached."""

    drop: list[ast.stmt] = field(default_factory=list)
    replace: list[Replacement] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)


def without_program_imports(code: Source, entry: Entry) -> str:
    """Return the text of a test with the program's names taken from its own scope."""
    plan = Plan()
    top = {id(node) for node in code.body}
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Import):
            _import(node, plan, id(node) in top)
        elif isinstance(node, ast.ImportFrom):
            _import_from(node, plan, entry, code.tree, id(node) in top)
        elif isinstance(node, ast.Assign) and id(node) in top:
            _import_by_call(node, plan)
    return rewritten(code, plan)


def rewritten(code: Source, plan: Plan) -> str:
    """Return the text after a plan: what was reached through a module is a plain name."""
    plan.replace += [replacement(node, node.attr) for node in attributes_of(code.tree, plan.modules)]
    return rewrite(code, plan.drop, plan.replace)


def attributes_of(tree: ast.Module, modules: set[str]) -> list[ast.Attribute]:
    """Return where a module has an attribute of one of the names read."""
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and modules)
    return [node for node in found if path_of(node.value) in modules]


def lost_names(tree: ast.Module, entry: Entry) -> frozenset[str]:
    """Return the names that a test imports from what is neither Python's, nor installed, nor the program.

    Where nothing tells which module is the program, every module that is no test framework may be.
    """
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [(alias.asname or alias.name, module, alias.name) for node in imports for module, alias in _modules(node)]
    programs = {module for _, module, name in names if name in entry.hidden | {HOLDER}}
    programs |= {module for name, module, _ in names for node in attributes_of(tree, {name}) if node.attr == entry.name}
    foreign = [(name, module) for name, module, _ in names if not is_installed(module) and module not in programs]
    return frozenset(name for name, module in foreign if programs or module.partition(".")[0] in FRAMEWORKS)


def _modules(node: ast.Import | ast.ImportFrom) -> list[tuple[str, ast.alias]]:
    if isinstance(node, ast.Import):
        return [(alias.name, alias) for alias in node.names]
    return [("." * node.level + (node.module or ""), alias) for alias in node.names]


def _import(node: ast.Import, plan: Plan, is_top: bool) -> None:
    kept = [alias for alias in node.names if is_installed(alias.name)]
    if len(kept) == len(node.names):
        return
    gone = [alias for alias in node.names if alias not in kept and alias.name.partition(".")[0] not in FRAMEWORKS]
    plan.modules.update(alias.asname or alias.name for alias in gone)
    shrink(node, kept, [], plan, is_top)


def _import_by_call(node: ast.Assign, plan: Plan) -> None:
    """Plan for `module = importlib.import_module("solution")` what `import solution as module` gets."""
    call, target = node.value, node.targets[0]
    calls = isinstance(call, ast.Call) and path_of(call.func) in IMPORTERS and len(call.args) == 1
    if not (calls and isinstance(call, ast.Call) and isinstance(target, ast.Name)):
        return
    name = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
    if isinstance(name, str) and not is_installed(name) and name.partition(".")[0] not in FRAMEWORKS:
        plan.modules.add(target.id)
        plan.drop.append(node)


def _import_from(node: ast.ImportFrom, plan: Plan, entry: Entry, tree: ast.Module, is_top: bool) -> None:
    hidden = entry.hidden | {HOLDER}
    foreign = node.level > 0 or not is_installed(node.module or "")
    gone = [alias for alias in node.names if foreign or alias.name in hidden or alias.asname in hidden]
    if not gone:
        return
    is_framework = (node.module or "").partition(".")[0] in FRAMEWORKS
    modules = [] if is_framework else [alias for alias in gone if _is_module(alias, node, entry, tree)]
    plan.modules.update(alias.asname or alias.name for alias in modules)
    names = [alias for alias in gone if alias.name in hidden or not (is_framework or alias in modules or alias.name == "*")]
    renamed = [f"{item.asname} = {item.name}" for item in names if item.asname and item.asname != item.name]
    shrink(node, [alias for alias in node.names if alias not in gone], renamed, plan, is_top)


def _is_module(alias: ast.alias, node: ast.ImportFrom, entry: Entry, tree: ast.Module) -> bool:
    """Whether a test imports the program's module by this name, and not a name of the program.

    A module has the entry point as an attribute. Or nothing says that the name comes from beside the entry point: it begins with no
    capital, the test uses it for its attributes only, and imports nothing of the program from where it imports this.
    """
    name, hidden = alias.asname or alias.name, entry.hidden | {HOLDER}
    if alias.name in hidden or alias.name == "*":
        return False
    attributes = attributes_of(tree, {name})
    if any(each.attr in hidden for each in attributes):
        return True
    owners = {id(each.value) for each in attributes}
    alone = all(id(each) in owners for each in ast.walk(tree) if isinstance(each, ast.Name) and each.id == name)
    beside = [each for each in ast.walk(tree) if isinstance(each, ast.ImportFrom) and each.module == node.module]
    return not name[:1].isupper() and alone and not any(other.name in hidden for each in beside for other in each.names)


def shrink(node: ast.Import | ast.ImportFrom, kept: list[ast.alias], more: list[str], plan: Plan, is_top: bool) -> None:
    """Plan that an import keeps only some of its names and that other statements follow it."""
    names = ", ".join(f"{alias.name} as {alias.asname}" if alias.asname else alias.name for alias in kept)
    head = f"from {'.' * node.level}{node.module or ''} import " if isinstance(node, ast.ImportFrom) else "import "
    parts = ([head + names] if names else []) + more
    if is_top and not parts:
        plan.drop.append(node)
    else:
        plan.replace.append(replacement(node, "; ".join(parts) or "pass"))


def without_holder(code: Source, entry: Entry) -> str:
    """Return a test, if of a plain function, with `Solution().f(...)` turned into `f(...)`, also through variables."""
    if not entry.name or entry.holder or HOLDER not in code.text:
        return code.text
    plan: list[Replacement] = []
    assigned = (node for node in ast.walk(code.tree) if isinstance(node, ast.Assign) and _is_new(node.value))
    bound = {HOLDER, *(path_of(target) for node in assigned for target in node.targets)} - {""}
    done: set[int] = set()
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Attribute) and node.attr == entry.name and (_is_new(node.value) or path_of(node.value) in bound):
            plan.append(replacement(node, entry.name))
            done.add(id(node.value))
    news = (node for node in ast.walk(code.tree) if _is_new(node) and id(node) not in done)
    plan += [replacement(node, "object()") for node in news if isinstance(node, ast.Call)]
    return rewrite(code, (), plan)


def _is_new(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == HOLDER and not node.args
