"""Calls that a loop of the test will make, found in its text and made many at once.

A call costs two messages. In `for i in range(100_000): s.push(i)` no argument depends on a result, so the calls of many rounds fit
one message (pipelining). `with_calls_ahead` wraps what such a loop iterates over. The body stays as it is, and its calls find their
results waiting. The order of calls at the program is the same. The candidate stops at the first call that raises or gives more
than a scalar, and the test goes on from there call by call.
"""

import ast
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
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
_SETTLED = (
    *(ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.JoinedStr, ast.FormattedValue, ast.Subscript),
    *(ast.operator, ast.unaryop, ast.cmpop, ast.expr_context),
)
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
        calls = [call for item in chunk for call in calls_of(item) if getattr(call[0], "coderm_call", None)]
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
    if "for" not in text:
        return code
    finder = _Loops(set(program_names))
    tree = finder.visit(ast.parse(text))
    return compile(ast.fix_missing_locations(tree), code.co_filename, "exec", dont_inherit=True) if finder.found else code


class _Loops(ast.NodeTransformer):
    """Wraps what loops within functions iterate over; leaves alone what may catch the end of a loop."""

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
        sub_tests = all(ast.unparse(item.context_expr).startswith("self.subTest(") for item in node.items)
        return self.generic_visit(node) if sub_tests else node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        match node:
            case ast.For(orelse=[]):
                self._wrap(node, node.body)
            case ast.ListComp(elt=part, generators=[ast.comprehension(ifs=[], is_async=0) as loop]):
                self._wrap(loop, [part])
            case ast.SetComp(elt=part, generators=[ast.comprehension(ifs=[], is_async=0) as loop]):
                self._wrap(loop, [part])
            case ast.DictComp(key=key, value=value, generators=[ast.comprehension(ifs=[], is_async=0) as loop]):
                self._wrap(loop, [key, value])
            case ast.Call(
                func=ast.Name(id=reader),
                args=[ast.GeneratorExp(elt=part, generators=[ast.comprehension(ifs=[], is_async=0) as loop]), *_],
            ) if reader in _WHOLE:
                self._wrap(loop, [part])
        return super().generic_visit(node)

    def _wrap(self, loop: Any, body: Sequence[ast.AST]) -> None:
        """Wrap what a loop iterates over, if all its calls of the program depend on the round alone."""
        nodes = [node for part in body for node in ast.walk(part)]
        calls = [] if any(isinstance(node, _LEAVING) for node in nodes) else _calls_of_round(loop.target, body, nodes, self._names)
        if not (self._depth and calls) or _roots(loop.iter) & _touched(nodes):
            return
        made = ast.List([ast.Tuple([call.func, ast.Tuple(call.args, _LOAD), _named(call)], _LOAD) for call in calls], _LOAD)
        one = ast.comprehension(loop.target, ast.Tuple([ast.Name("item", _LOAD)], _LOAD), [], 0)
        of_round = ast.Subscript(ast.ListComp(made, [one]), ast.Constant(0), _LOAD)
        rounds = ast.Lambda(ast.arguments([], [ast.arg("item")], None, [], [], None, []), of_round)
        loop.iter = ast.Call(ast.Name(HOOK, _LOAD), [loop.iter, rounds], [])
        self.found = True


def _calls_of_round(target: ast.expr, body: Sequence[ast.AST], nodes: list[ast.AST], program_names: set[str]) -> list[ast.Call]:
    """Return the calls of a round that may be of the program, in order; none where one of its functions depends on a result.

    A method may be one of the program or not. The trial tells whether one that is left out here was.
    """
    given, bound, touched = _roots(target), _bound(nodes), _touched(nodes)

    def depends(call: ast.Call) -> bool:
        parts = [part for each in (*call.args, *(named.value for named in call.keywords)) for part in ast.walk(each)]
        fixed = not _roots(call.func) & (bound | given) and ast.unparse(call.func) not in bound
        named = all(part.arg for part in call.keywords)
        return not (fixed and named and all(_is_settled(part, given, touched) for part in parts))

    made = [call for part in body for call in _calls(part, program_names)]
    if any(isinstance(call.func, ast.Name) and depends(call) for call in made):
        return []
    return [call for call in made if not depends(call)]


def _calls(part: ast.AST, program_names: set[str]) -> Iterator[ast.Call]:
    """Yield the calls in a part of a test that may be of the program, in the order in which they are made."""
    for child in ast.iter_child_nodes(part):
        yield from _calls(child, program_names)
    match part:
        case ast.Call(func=ast.Name(id=name)) if name in program_names:
            yield part
        case ast.Call(func=ast.Attribute(value=owner)) if not (isinstance(owner, ast.Name) and owner.id in ("self", "cls")):
            yield part


def _is_settled(node: ast.AST, given: set[str], touched: set[str]) -> bool:
    """Whether a part of an argument depends on the round alone; `touched` names may change in the loop."""
    match node:
        case ast.Name(id=name):
            return name in given or name not in touched
        case ast.Call(func=ast.Name(id=name), keywords=[]):
            return name in _PURE
    return isinstance(node, _SETTLED)


def _bound(nodes: list[ast.AST]) -> set[str]:
    return {ast.unparse(node) for node in nodes if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)}


def _touched(nodes: list[ast.AST]) -> set[str]:
    """Return the names that nodes bind, and those of what they may change: whose items are set or whose methods are called."""
    changed: list[Any] = [node for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)]
    changed += [node.func for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return _bound(nodes).union(*(_roots(node.value) for node in changed))


def _roots(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _named(call: ast.Call) -> ast.Dict:
    return ast.Dict([ast.Constant(part.arg) for part in call.keywords], [part.value for part in call.keywords])
