"""Places in a test whose expected value can be changed so that it is certain to be wrong."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from unittest import TestCase

from coderm.canaries.reading import ReadModule
from coderm.extract.programs.demonstrations import base_name
from coderm.extract.syntax.parsing import parse
from coderm.extract.syntax.scopes import bound, root
from coderm.extract.unit_tests.cases import is_test_method

UNITTEST_PARTS = (
    frozenset(dir(TestCase))
    - {"setUp", "tearDown", "setUpClass", "tearDownClass", "maxDiff", "longMessage"}
    - frozenset(dir(object))
)
"""Parts of a TestCase that decide what counts as a failure; a class that brings its own makes no canary."""


UNITTEST_NAMES = frozenset({"unittest", "TestCase"})


CHOSEN = UNITTEST_NAMES | {"load_tests"}
"""Names by which a module decides what counts as a case."""
EARLY_EXITS = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await)
IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class Site:
    """One assertion about a result: its statement, the method's name for itself, what was observed and expected, as text."""

    statement: ast.stmt
    case: str
    observed: str
    expected: ast.expr | None


@dataclass(slots=True)
class Results:
    """What holds the program or one of its results: names of the module, attributes as text, and names of a method."""

    module: ReadModule
    attributes: frozenset[str] = frozenset()
    names: set[str] = field(default_factory=set)

    def are_in(self, node: ast.expr) -> bool:
        """Whether an expression uses any of them."""
        for sub in ast.walk(node):
            if isinstance(sub, ast.Name) and (sub.id in self.names or sub.id in self.module):
                return True
            if self.attributes and isinstance(sub, ast.Attribute) and ast.unparse(sub) in self.attributes:
                return True
        return False


def find_sites(test: str) -> list[Site]:
    """Return the assertions of a test module that may be changed; none for a text that is no Python, or nested too deeply."""
    try:
        return _sites_of(test)
    except (RecursionError, MemoryError):
        return []


def _sites_of(test: str) -> list[Site]:
    tree = parse(test)
    if not isinstance(tree, ast.Module):
        return []
    module = ReadModule(test, tree)
    if _changes_unittest(module):
        return []
    return [site for method, results in _sure_methods(module) for site in _sites_in(method, results)]


def _changes_unittest(module: ReadModule) -> bool:
    """Whether a module changes parts of unittest, removes names or chooses its cases itself."""
    if any(isinstance(target, ast.Name) for node in module.of(ast.Delete) for target in node.targets):
        return True
    for node in module.of(ast.Attribute):
        if type(node.ctx) is ast.Store and (node.attr in UNITTEST_PARTS or root(node) in UNITTEST_NAMES):
            return True
    return any(names & CHOSEN for node, names in module.statements if type(node) not in IMPORTS)


def _sure_methods(module: ReadModule) -> Iterator[tuple[ast.FunctionDef, Results]]:
    """Yield the test methods that are sure to run, each with what holds the program's results when it begins."""
    every = [name for _, names in module.statements for name in names]
    leaves = any(module.of(kind) for kind in EARLY_EXITS)
    for holder, _ in module.statements:
        if not isinstance(holder, ast.ClassDef) or every.count(holder.name) > 1 or holder.decorator_list or holder.keywords:
            continue
        own = [name for node in holder.body for name in bound(node)]
        if [base_name(base) for base in holder.bases] != ["TestCase"] or not UNITTEST_PARTS.isdisjoint(own):
            continue
        results = Results(module, _fixtures(holder, module))
        cases = [node for node in holder.body if isinstance(node, ast.FunctionDef) and is_test_method(node)]
        for method in cases:
            if own.count(method.name) == 1 and _is_simple(method, leaves):
                yield method, results


def _is_simple(method: ast.FunctionDef, leaves: bool) -> bool:
    """Whether a method takes nothing but its case and runs to its end. leaves: whether anything in its module may not."""
    plain = len(method.args.posonlyargs + method.args.args) == 1 and not method.decorator_list
    return plain and not (leaves and any(isinstance(node, EARLY_EXITS) for node in ast.walk(method)))


def _fixtures(holder: ast.ClassDef, module: ReadModule) -> frozenset[str]:
    """Attributes such as `self.solution` that a class fills from the program, as text."""
    if not any(type(node.ctx) is ast.Store for node in module.of(ast.Attribute)):
        return frozenset()
    program = Results(module)
    filled = [node for node in ast.walk(holder) if isinstance(node, ast.Assign) and program.are_in(node.value)]
    return frozenset(ast.unparse(target) for node in filled for target in node.targets if isinstance(target, ast.Attribute))


def _sites_in(method: ast.FunctionDef, results: Results) -> Iterator[Site]:
    """Yield a method's assertions about results; a local variable filled from a result is a result, too."""
    case = (method.args.posonlyargs + method.args.args)[0].arg
    known = Results(results.module, results.attributes)
    for statement in _always_run(method.body, case):
        if isinstance(statement, ast.Assign) and known.are_in(statement.value):
            known.names |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
        elif sides := _sides(statement, case):
            for observed, expected in (sides, sides[::-1]):
                if observed is not None and known.are_in(observed):
                    yield Site(statement, case, ast.unparse(observed), expected)
                    break


def _always_run(body: Sequence[ast.stmt], case: str) -> Iterator[ast.stmt]:
    """Yield the statements that run whenever the method runs to its end."""
    for statement in body:
        if isinstance(statement, ast.With) and all(_is_subtest(item, case) for item in statement.items):
            yield from _always_run(statement.body, case)
        else:
            yield statement


def _is_subtest(item: ast.withitem, case: str) -> bool:
    call = item.context_expr
    return isinstance(call, ast.Call) and ast.unparse(call.func) == f"{case}.subTest"


def _sides(statement: ast.stmt, case: str) -> tuple[ast.expr | None, ast.expr | None] | None:
    """Return what an assertion compares; a single claim has no second side. None for any other statement."""
    if isinstance(statement, ast.Assert):
        return _compared(statement.test)
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)):
        return None
    if call.func.value.id != case or not call.args:
        return None
    match call.func.attr:
        case "assertEqual" | "assertEquals" | "assertListEqual" | "assertAlmostEqual" | "assertDictEqual" | "assertCountEqual":
            return (call.args[0], call.args[1]) if len(call.args) > 1 else None
        case "assertTrue" | "assertFalse":
            return _compared(call.args[0])
        case "assertIsNone":
            return call.args[0], None
    return None


def _compared(test: ast.expr) -> tuple[ast.expr, ast.expr | None]:
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        return test.left, test.comparators[0]
    return test, None
