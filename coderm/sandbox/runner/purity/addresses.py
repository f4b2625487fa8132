"""Prove that nowhere in a text an address of the memory shows. Such texts may share an interpreter with those of other programs.

Where an object lies depends on what ran before. So one program could leave a message to the next in what it allocates. An address
shows in the text of an object that has no better one, such as a function or an iterator, and in the order of a set, even of
numbers: a NaN has no hash but its address. So no such object is a value here. A function is called, or handed to what calls it; an
iterator is read where it is made; a set is only counted, compared or searched. There are no classes but those of tests.

Reads texts that `reader` has allowed.
"""

import ast
import builtins
from collections.abc import Iterable, Mapping, Sequence, Set

from ..constants import word_set
from .reader import ANNOTATING
from .rules import READABLE, is_special

VALUE, CALLED, OWNER, READ, COMPARED, SEARCHED, HANDED, KEY, ASKED = range(9)
"""What is done with an expression: anything; it is called; an attribute of it is; it is read to its end; it is counted or compared;
something is searched in it; it is handed to what calls it, and gives on what it returns, or keeps that to itself; values are asked
whether they are of it."""
TO_CALL = (CALLED, HANDED, KEY)


def _places(*rows: tuple[str, Iterable[int]]) -> dict[str, frozenset[int]]:
    return {name: frozenset(places) for names, places in rows for name in names.split()}


READERS = _places(
    ("all any bytearray bytes dict enumerate iter list max min next reversed set frozenset sorted sum tuple", [0]),
    ("collections.Counter collections.OrderedDict collections.deque .extend .from_iterable .join .update", [0]),
    ("itertools.accumulate itertools.combinations itertools.combinations_with_replacement itertools.cycle itertools.islice", [0]),
    ("itertools.pairwise itertools.permutations", [0]),
    ("filter functools.reduce heapq.nlargest heapq.nsmallest itertools.dropwhile itertools.filterfalse", [1]),
    ("itertools.starmap itertools.takewhile", [1]),
    ("heapq.merge itertools.chain itertools.compress itertools.product itertools.zip_longest zip", range(99)),
    ("map", range(1, 99)),
)
"""What reads which of its arguments to the end, and keeps none."""
CALLERS = _places(
    ("filter functools.cmp_to_key functools.reduce itertools.dropwhile itertools.filterfalse itertools.starmap", [0]),
    ("itertools.takewhile map", [0]),
    ("itertools.accumulate .assertRaises", [1]),
    (".assertRaisesRegex", [2]),
)
"""What calls which of its arguments, and gives to nobody more than what that returns."""
SORTERS = word_set("heapq.merge heapq.nlargest heapq.nsmallest max min sorted .sort")
"""What calls its `key`, and gives nobody what that returns."""
ITERATORS = word_set(
    "enumerate filter iter map reversed zip heapq.merge re.finditer itertools.accumulate itertools.chain itertools.combinations "
    "itertools.combinations_with_replacement itertools.compress itertools.count itertools.cycle itertools.dropwhile "
    "itertools.filterfalse itertools.islice itertools.pairwise itertools.permutations itertools.product itertools.starmap "
    "itertools.takewhile itertools.zip_longest .elements .finditer .from_iterable .items .keys"
)
"""What makes an iterator, or a view of a dictionary, of which a set can be made by an operator."""
SETS = word_set("frozenset set")
MAKERS = {"functools.cmp_to_key": (KEY,), "operator.itemgetter": (HANDED, KEY)}
"""What makes a function, and what may be done with it."""
DECORATORS = word_set("functools.cache functools.lru_cache")
METHODS = word_set("classmethod staticmethod")
SHOWING = word_set("object property functools.partial .scanner")
"""What makes an object that shows where it is, or hands one on."""
OPAQUE = ("collections.abc.", "hashlib.", "itertools.", "typing.")
"""Modules of which nothing else is allowed, but for annotations."""
NAMING = (*ANNOTATING, ast.BinOp, ast.BitOr)
"""Nodes of an annotation that does no more than name."""
PLAIN = word_set("args denominator imag maxDiff numerator real")
"""Attributes of plain data that are no methods."""
KNOWN = READERS.keys() | CALLERS.keys() | SORTERS | ITERATORS | SHOWING | METHODS | {"isinstance", "len"}
"""Functions and methods that the tables name; no text may have its own of such a name."""


class Shows(Exception):
    """An address could show; the message says where."""


class Addresses:
    """Looks through one module. Afterwards `functions` and `values` are the names that it defines as the one, uses as the other."""

    def __init__(self, module: ast.Module, imports: Mapping[str, tuple[str, str]], bound: Set[str], defines: Set[str]) -> None:
        self._module, self._imports, self._bound, self._defines = module, imports, bound, defines
        self.values: set[str] = set()
        self.functions = {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.ClassDef)}

    def look(self) -> None:
        """Raise Shows where an address could show."""
        if own := KNOWN & (self._bound | {f".{name}" for name in self._defines}):
            raise Shows(f"defines {min(own)}")
        self._statements(self._module.body)

    def _statements(self, body: Sequence[ast.AST]) -> None:
        for node in body:
            self._statement(node)

    def _statement(self, node: ast.AST) -> None:
        match node:
            case ast.ClassDef(bases=bases, body=body):
                if not bases or any(self._callee(base) != "unittest.TestCase" for base in bases):
                    raise Shows("a class")
                self._statements(body)
            case ast.FunctionDef(args=arguments, body=body, decorator_list=decorators, returns=returned):
                self._decorators(decorators)
                self._annotations(returned, *(part.annotation for part in ast.walk(arguments) if isinstance(part, ast.arg)))
                self._all(arguments.defaults, VALUE)
                self._all(filter(None, arguments.kw_defaults), VALUE)
                self._statements(body)
            case ast.Assign(targets=targets, value=value):
                unpacks = all(isinstance(target, ast.Tuple | ast.List) for target in targets)
                self._look(value, READ if unpacks else VALUE)
                self._all(targets, VALUE)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                self._annotations(annotation)
                self._all(filter(None, (target, value)), VALUE)
            case ast.For(target=target, iter=read, body=body, orelse=last):
                self._look(target, VALUE)
                self._look(read, READ)
                self._statements([*body, *last])
            case ast.With(items=items, body=body):
                if any(item.optional_vars for item in items):
                    raise Shows("a context manager as a value")
                self._all((item.context_expr for item in items), VALUE)
                self._statements(body)
            case ast.ExceptHandler(type=ast.expr() as kind, name=str()) if "AssertionError" in map(_name, ast.walk(kind)):
                raise Shows("the text of a failed assertion, which shows what has no other text")
            case ast.expr():
                self._look(node, VALUE)
            case ast.Import() | ast.ImportFrom():
                pass
            case _:
                self._statements(list(ast.iter_child_nodes(node)))

    def _decorators(self, decorators: list[ast.expr]) -> None:
        for each in decorators:
            named = each.func if isinstance(each, ast.Call) else each
            if self._callee(named) not in (DECORATORS if isinstance(each, ast.Call) else DECORATORS | METHODS):
                raise Shows("a decorator")
            if isinstance(each, ast.Call):
                self._all((*each.args, *(keyword.value for keyword in each.keywords)), VALUE)

    def _annotations(self, *annotations: ast.expr | None) -> None:
        """Annotations are given to nobody, so they may name anything, but they are evaluated."""
        for each in filter(None, annotations):
            if not all(isinstance(part, NAMING) for part in ast.walk(each)):
                raise Shows("an annotation that does more than name")

    def _all(self, nodes: Iterable[ast.AST], how: int) -> None:
        for node in nodes:
            self._look(node, how)

    def _look(self, node: ast.AST, how: int) -> None:
        match node:
            case ast.Name():
                self._name(node, how)
            case ast.Attribute():
                self._attribute(node, how)
            case ast.Call():
                self._call(node, how)
            case ast.Compare(left=left, ops=ops, comparators=sides):
                self._look(left, COMPARED)
                for op, side in zip(ops, sides, strict=True):
                    self._look(side, SEARCHED if isinstance(op, ast.In | ast.NotIn) else COMPARED)
            case ast.Starred(value=value):
                self._look(value, READ)
            case ast.Lambda(args=arguments, body=body) if how in (HANDED, KEY):
                self._all((*arguments.defaults, *filter(None, arguments.kw_defaults), body), VALUE)
            case ast.GeneratorExp(elt=part, generators=parts) if how in (READ, SEARCHED):
                self._all((part, *parts), VALUE)
            case ast.SetComp() | ast.Set() if how in (COMPARED, SEARCHED):
                self._all(ast.iter_child_nodes(node), VALUE)
            case ast.Tuple(elts=kinds) if how == ASKED:
                self._all(kinds, ASKED)
            case ast.comprehension(target=target, iter=read, ifs=conditions):
                self._all((target, *conditions), VALUE)
                self._look(read, READ)
            case ast.Lambda() | ast.GeneratorExp() | ast.SetComp() | ast.Set() | ast.Yield() | ast.YieldFrom():
                raise Shows(f"{type(node).__name__} as a value")
            case _:
                self._all(ast.iter_child_nodes(node), VALUE)

    def _name(self, node: ast.Name, how: int) -> None:
        name, called = node.id, how in TO_CALL
        if not isinstance(node.ctx, ast.Load):
            return
        known = self._callee(node)
        if name in self.functions or not (known or name in self._bound):  # one of the other text may be a function
            if not called and how != OWNER:
                raise Shows(f"{name}, which may be a function, as a value")
        elif known:
            self._library(known, how)
        else:
            self.values.add(name)

    def _library(self, name: str, how: int) -> None:
        """Look at a name of the library."""
        if name in SHOWING | DECORATORS | METHODS or (name.startswith(OPAQUE) and name not in ITERATORS):
            raise Shows(name)
        kept = how not in ((CALLED, COMPARED, ASKED) if name in SETS else (CALLED, OWNER))
        if kept and name in SETS | ITERATORS | MAKERS.keys():
            raise Shows(f"{name} as a value")

    def _attribute(self, node: ast.Attribute, how: int) -> None:
        module, part = self._imports.get(node.value.id, ("", "")) if isinstance(node.value, ast.Name) else ("", "")
        if module and not part:
            self._library(f"{module}.{node.attr}", how)
            return
        self._look(node.value, OWNER)
        name = f".{node.attr}"
        if name in SHOWING or is_special(node.attr) or (name in ITERATORS and how != CALLED):
            raise Shows(node.attr)
        method = node.attr in self.functions or node.attr in READABLE - PLAIN
        if method and isinstance(node.ctx, ast.Load) and how not in TO_CALL:
            raise Shows(f"{node.attr} as a value")

    def _call(self, node: ast.Call, how: int) -> None:
        self._look(node.func, CALLED)
        name = self._callee(node.func)
        if name in ITERATORS and how not in (READ, SEARCHED) and (how, name) not in ((COMPARED, ".keys"), (COMPARED, ".items")):
            raise Shows(f"what {name} makes, as a value")
        if (name in SETS and how not in (COMPARED, SEARCHED)) or how not in MAKERS.get(name, (how,)):
            raise Shows(f"what {name} makes, as a value")
        given = next((place for place, value in enumerate(node.args) if isinstance(value, ast.Starred)), len(node.args))
        for place, value in enumerate(node.args):  # behind a starred one, who knows which it is
            self._look(value, self._given(name, place, single=given == len(node.args) == 1) if place < given else VALUE)
        for keyword in node.keywords:
            self._look(keyword.value, KEY if keyword.arg == "key" and name in SORTERS else VALUE)

    def _given(self, name: str, place: int, *, single: bool) -> int:
        """Return what a function does with an argument."""
        if name == "len":
            return COMPARED
        if name == "isinstance" and place == 1:
            return ASKED
        if place in CALLERS.get(name, ()):
            return HANDED
        alone = name in ("iter", "max", "min") and not single
        return READ if place in READERS.get(name, ()) and not alone else VALUE

    def _callee(self, node: ast.AST) -> str:
        """Return how the tables name a function; empty for one of the texts' own."""
        match node:
            case ast.Name(id=name) if name in self._imports:
                return ".".join(self._imports[name])
            case ast.Name(id=name) if name not in self._bound and hasattr(builtins, name):
                return name
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in self._imports and not self._imports[name][1]:
                return f"{self._imports[name][0]}.{attribute}"
            case ast.Attribute(attr=attribute):
                return f".{attribute}"
        return ""


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""
