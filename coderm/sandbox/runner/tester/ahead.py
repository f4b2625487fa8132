"""Calls that a loop of the test will make, found in its text and made many at once.

A call costs two messages. In `for i in range(100_000): s.push(i)` the arguments do not depend on results, so the calls of many rounds
fit one message (pipelining). `with_calls_ahead` wraps what such a loop iterates over; the body stays as it is, and its calls find
their results waiting. The order of calls at the program is the same. The candidate stops at the first call that raises, that gives
more than a scalar, or that does anything else than give a result, and the test goes on from there call by call.
"""

import ast
import copy
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice
from types import CodeType
from typing import Any, Protocol

from ..codec.nodes import FLAT
from ..constants import word_set

HOOK = "__calls_ahead__"
"""The name under which the wrapped loops find `calls_ahead`, among the builtins."""
TRIAL = 32
"""Rounds of a loop that run call by call first: a loop in which anything else happens is never run ahead."""
AHEAD = 512
"""Most calls that are sent together."""
_PURE = word_set("abs bool chr divmod float hex int len max min ord pow repr round str sum")
_WHOLE = word_set("dict frozenset list max min set sorted sum tuple")
"""What reads a generator to its end."""
_ITERABLES: tuple[type, ...] = (
    *(range, list, tuple, str, dict, enumerate, zip, reversed, type(reversed(range(0))), type(reversed([]))),
    *(type({}.keys()), type({}.values()), type({}.items())),
)
"""What a loop may iterate over: reading it does nothing else, or does it in every round."""
_LEAVING = (
    *(ast.Break, ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.Try, ast.While, ast.If, ast.IfExp, ast.BoolOp, ast.NamedExpr),
    *(ast.Lambda, ast.FunctionDef, ast.ClassDef, ast.Global, ast.Nonlocal, ast.Delete, ast.AsyncFor, ast.AsyncWith, ast.For),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Match, ast.Raise, ast.Import, ast.ImportFrom),
)
"""What lets a result or a place decide which calls follow."""
_LOAD = ast.Load()
Call = tuple[Any, tuple[Any, ...], dict[str, Any]]
"""What is called, and with what."""


class Pipeline(Protocol):
    """What a loop needs of the conversation."""

    calls: int
    """How many calls of the program there were."""
    others: int
    """How many of them did more than give a scalar."""

    def send_ahead(self, calls: list[Call]) -> bool:
        """Make calls and keep their results for those who ask; whether all gave a scalar."""


def calls_ahead(pipeline: Pipeline, items: Any, calls_of: Callable[[Any], list[Call]]) -> Iterator[Any]:
    """Iterate over what a loop iterates over, and make the calls of its next rounds before they begin."""
    rounds = iter(items)
    each = (yield from _trial(pipeline, rounds)) if type(items) in _ITERABLES else 0
    while each and (chunk := list(islice(rounds, max(1, AHEAD // each)))):
        calls = [call for item in chunk for call in calls_of(item) if hasattr(call[0], "coderm_call")]
        if len(calls) != each * len(chunk) or not all(map(_is_plain, calls)) or not pipeline.send_ahead(calls):
            each = 0
        yield from chunk
    yield from rounds


def _trial(pipeline: Pipeline, rounds: Iterator[Any]) -> Generator[Any, None, int]:
    """Run the first rounds call by call; return the calls of a round, 0 where rounds differ or do more than give scalars."""
    seen = set()
    calls, others = pipeline.calls, pipeline.others
    for item in islice(rounds, TRIAL):
        yield item
        seen.add((pipeline.calls - calls, pipeline.others - others))
        calls, others = pipeline.calls, pipeline.others
    each, others = seen.pop() if len(seen) == 1 else (0, 0)
    return 0 if others else each


def _is_plain(call: Call) -> bool:
    """Whether a call passes scalars only."""
    return all(type(part) in FLAT for part in (*call[1], *call[2].values()))


def with_calls_ahead(text: str, code: CodeType, program_names: Iterable[str]) -> CodeType:
    """Return the code of a test whose loops are wrapped; the code itself where no loop can run ahead."""
    finder = _Loops(set(program_names))
    tree = finder.visit(ast.parse(text))
    return compile(ast.fix_missing_locations(tree), code.co_filename, "exec", dont_inherit=True) if finder.found else code


class _Loops(ast.NodeTransformer):
    def __init__(self, program_names: set[str]) -> None:
        self._names = program_names
        self._depth = 0
        self.found = False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1
        return node

    def visit_Try(self, node: ast.Try) -> ast.AST:
        return node

    def visit_With(self, node: ast.With) -> ast.AST:
        return self.generic_visit(node) if _is_sub_test(node) else node

    def visit_For(self, node: ast.For) -> ast.AST:
        if self._depth and not node.orelse and not any(isinstance(part, _LEAVING) for each in node.body for part in ast.walk(each)):
            self._wrap(node, node.body)
        return self.generic_visit(node)

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._comprehension(node, [node.elt])

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._comprehension(node, [node.elt])

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._comprehension(node, [node.key, node.value])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match node:
            case ast.Call(func=ast.Name(id=reader), args=[ast.GeneratorExp() as part, *_]) if reader in _WHOLE:
                self._comprehension(part, [part.elt])
        return self.generic_visit(node)

    def _comprehension(self, node: Any, parts: list[ast.expr]) -> ast.AST:
        single = len(node.generators) == 1 and not node.generators[0].ifs and not node.generators[0].is_async
        if self._depth and single and not any(isinstance(inner, _LEAVING) for part in parts for inner in ast.walk(part)):
            self._wrap(node.generators[0], [ast.copy_location(ast.Expr(part), part) for part in parts])
        return self.generic_visit(node)

    def _wrap(self, loop: Any, body: list[Any]) -> None:
        """Wrap what a loop iterates over, if all its calls of the program depend on the round alone."""
        read = _Body(loop.target, body, self._names)
        calls = read.calls()
        if not calls or _roots(loop.iter) & read.touched:
            return
        made = ast.List([ast.Tuple([call.func, ast.Tuple(call.args, _LOAD), _named(call)], _LOAD) for call in calls], _LOAD)
        item = ast.Name("item", _LOAD)
        one = ast.comprehension(loop.target, ast.Tuple([item], _LOAD), [], 0)
        of_round = ast.Subscript(ast.ListComp(made, [one]), ast.Constant(0), _LOAD)
        rounds = ast.Lambda(ast.arguments([], [ast.arg("item")], None, [], [], None, []), of_round)
        loop.iter = ast.Call(ast.Name(HOOK, _LOAD), [loop.iter, rounds], [])
        self.found = True


class _Body:
    """The body of a loop: which calls of the program it makes, with arguments that depend on the round alone."""

    def __init__(self, target: ast.expr, body: list[Any], program_names: set[str]) -> None:
        nodes = [node for statement in body for node in ast.walk(statement)]
        self._body = body
        self._names = program_names
        self._given = _roots(target)
        self._bound = {ast.unparse(node) for node in nodes if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)}
        owners = {node.func.value.id for node in nodes if _is_method_of_name(node)}  # type: ignore[attr-defined]
        items = {
            root for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) for root in _roots(node)
        }
        self.touched = self._bound | owners | items
        """Names that the body binds, and those of what it may change."""
        self._known: dict[str, ast.expr] = {}

    def calls(self) -> list[ast.Call]:
        """Return them in the order in which they are made; none where one of a name of the program depends on anything else.

        A method may be one of the program or not; the trial tells whether one that is left out here was.
        """
        found: list[ast.Call] = []
        for statement in self._body:
            made = list(_calls_of(statement, self._names))
            for call in made:
                whole = self._whole(call)
                if whole is None and isinstance(call.func, ast.Name):
                    return []
                found += [whole] if whole else []
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if not made and name not in self._known:
                    settled = self._settled(value)
                    self._known |= {name: settled} if settled else {}
        return found

    def _whole(self, call: ast.Call) -> ast.Call | None:
        args = [self._settled(arg) for arg in call.args]
        named = [(part.arg, self._settled(part.value)) for part in call.keywords]
        if None in args or any(name is None or value is None for name, value in named) or not self._fixed(call.func):
            return None
        return ast.Call(call.func, args, [ast.keyword(name, value) for name, value in named])  # type: ignore[arg-type]

    def _fixed(self, func: ast.expr) -> bool:
        """Whether what is called is the same in every round."""
        match func:
            case ast.Name(id=name):
                return name not in self._bound | self._given
            case ast.Attribute(value=owner):
                return self._fixed(owner) and ast.unparse(func) not in self._bound
        return False

    def _settled(self, node: ast.expr) -> ast.expr | None:
        """Return an expression in terms of the round; None where it depends on anything else."""
        settled: ast.expr = _Inline(self._known).visit(copy.deepcopy(node))
        return settled if all(self._is_settled(part) for part in ast.walk(settled)) else None

    def _is_settled(self, node: ast.AST) -> bool:
        match node:
            case ast.Name(id=name):
                return name in self._given or name not in self.touched
            case ast.Call(func=ast.Name(id=name), keywords=[]):
                return name in _PURE and name not in self._bound
            case ast.Attribute():
                return False
        plain = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.JoinedStr, ast.FormattedValue, ast.Subscript)
        return isinstance(node, (*plain, ast.operator, ast.unaryop, ast.cmpop, ast.expr_context))


class _Inline(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, known: dict[str, ast.expr]) -> None:
        self._known = known

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._known.get(node.id, node)


def _calls_of(statement: ast.AST, program_names: set[str]) -> Iterator[ast.Call]:
    """Yield the calls of a statement that may be of the program, in the order in which they are made."""
    for child in ast.iter_child_nodes(statement):
        yield from _calls_of(child, program_names)
    match statement:
        case ast.Call(func=ast.Name(id=name)) if name in program_names:
            yield statement
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self" | "cls"))):
            return
        case ast.Call(func=ast.Attribute()):
            yield statement


def _is_method_of_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)


def _roots(node: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _named(call: ast.Call) -> ast.Dict:
    return ast.Dict([ast.Constant(part.arg) for part in call.keywords], [part.value for part in call.keywords])


def _is_sub_test(node: ast.With) -> bool:
    return all(
        isinstance(item.context_expr, ast.Call) and ast.unparse(item.context_expr.func) == "self.subTest" for item in node.items
    )
