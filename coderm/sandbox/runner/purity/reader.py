"""Reads one module, node by node: its names, imports and attributes; stops at the first node that the rules do not know.

Names have no scopes here: one that is bound anywhere in the text counts as bound everywhere. That only denies more.
"""

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..constants import word_set
from .case_classes import case_classes, why_loose
from .rules import (
    CALLED,
    CATCHABLE,
    CATCHING,
    EXCEPTIONS,
    INTERNAL_PREFIXES,
    METHODS,
    MODULES,
    MUTABLE_MODULES,
    READABLE,
    RESERVED,
    SAFE_BUILTINS,
    TYPES,
    UNREADABLE,
    is_missing,
    is_preloaded,
    is_special,
)

_PLAIN = word_set(
    "Return Delete Assign AugAssign AnnAssign For While With Raise Assert Nonlocal Expr Pass Break Continue withitem keyword If "
    "Try BoolOp BinOp UnaryOp IfExp Dict Set Yield YieldFrom Compare FormattedValue JoinedStr Constant Subscript Starred List "
    "Tuple Slice ExceptHandler boolop operator unaryop cmpop expr_context Module FunctionDef ClassDef Lambda arguments arg Call "
    "Attribute Name Import ImportFrom alias ListComp SetComp DictComp GeneratorExp comprehension"
)
PLAIN = frozenset(kind for name in _PLAIN for kind in (getattr(ast, name), *getattr(ast, name).__subclasses__()))
"""Nodes that are harmless by themselves, or checked below."""
_BINDING = {ast.Name, ast.ExceptHandler, ast.arg, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom}
_HOLDING = {ast.Call, ast.Attribute, ast.Compare, ast.FunctionDef, ast.arg, ast.AnnAssign, ast.ClassDef, ast.withitem}
_CHECKED = {ast.Name, ast.Attribute, ast.Try, ast.arg, ast.FunctionDef, ast.ClassDef}
ANNOTATING = (ast.Name, ast.Constant, ast.Attribute, ast.Tuple, ast.List, ast.Subscript, ast.expr_context)
"""Nodes of a plain annotation."""


class Impure(Exception):
    """A text holds something that the rules do not know; the message names it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Effects of one text on another in the same namespace. `reason` is empty unless the text is denied.

    `imports` has modules, and parts of modules, by the names they have here; the part of a module itself is empty.
    """

    reason: str = ""
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    binds: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    defines: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    shows: str = ""
    """Where an address could show; empty if nowhere."""
    values: frozenset[str] = frozenset()
    """Names that are used as values. Only known where no address could show, as are `functions`."""
    functions: frozenset[str] = frozenset()
    """Names of functions and classes of the text."""


class Reader:
    """Reads one module; raises Impure. Tracks names used, and attributes defined and needed so far."""

    def __init__(self, module: ast.Module) -> None:
        self._module = _without_main(module)
        self._nodes = list(ast.walk(self._module))
        self._imports: dict[str, tuple[str, str]] = {}
        self._bound: set[str] = set()
        self._rebound: set[str] = set()
        """Names that are bound in more than one place."""
        self._uses: set[str] = set()
        self._defines: set[str] = set()
        self._needs: set[str] = set()
        self._called: set[int] = set()
        """Ids of expressions that are called; in annotations, of all that pass no library object on."""
        self._managed: set[int] = set()
        """Ids of functions that are called for a context manager of `with`."""
        self._known: set[int] = set()
        """Ids of names and attributes that are checked with what holds them."""

    def read(self) -> Facts:
        """Return the facts of the module."""
        unknown = {type(node) for node in self._nodes} - PLAIN
        if unknown:
            raise Impure(unknown.pop().__name__)
        for node in self._nodes:
            if type(node) in _BINDING:
                self._bind(node)
        if self._bound & self._imports.keys() or TYPES.intersection(_bound_by(self._module.body)):
            raise Impure("binds an imported name again, or a builtin type")
        self._classes = {node.name for node in self._module.body if isinstance(node, ast.ClassDef)}
        self._cases = case_classes(self._module, self._is_test_case)
        for loose in filter(None, map(why_loose, self._cases.values())):
            raise Impure(loose)
        for node in self._nodes:
            if type(node) in _HOLDING:
                self._look_around(node)
        for node in self._nodes:
            if type(node) in _CHECKED:
                self._check(node)
        bound, uses, defines, needs, cases = map(frozenset, (self._bound, self._uses, self._defines, self._needs, self._cases))
        return Facts("", self._imports, bound, uses, defines, needs, cases)

    def _bind(self, node: ast.AST) -> None:
        """Note the names that a node binds."""
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.ExceptHandler(name=str(name)) | ast.arg(arg=name):
                self._bind_name(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                self._bind_name(name)
            case ast.Import(names=aliases):
                for alias in aliases:
                    if not is_missing(alias.name) and (not is_preloaded(alias.name) or "." in alias.name):
                        raise Impure(f"import {alias.name}")
                    self._import(alias.asname or alias.name, alias.name, "")
            case ast.ImportFrom(names=aliases):
                for alias in aliases:
                    self._import_from("." * node.level + (node.module or ""), alias)

    def _bind_name(self, name: str) -> None:
        (self._rebound if name in self._bound else self._bound).add(name)

    def _import_from(self, module: str, alias: ast.alias) -> None:
        """Allow imports that do nothing but bind a name; others might look for a submodule."""
        if module == "solution" and alias.name != "*" and alias.asname in (None, alias.name):
            self._uses.add(alias.name)
        elif alias.name == "*" or not (is_missing(module) or is_preloaded(module, alias.name)):
            raise Impure(f"from {module} import {alias.name}")
        else:
            self._import(alias.asname or alias.name, module, alias.name)

    def _import(self, name: str, module: str, part: str) -> None:
        """Note a name that is imported; one whose package exists nowhere is never bound by this."""
        self._check_bound(name)
        if is_missing(module):
            self._bind_name(name)
        elif self._imports.setdefault(name, (module, part)) != (module, part):
            raise Impure(f"several imports of {name}")

    def _import_of(self, node: ast.AST) -> tuple[str, str]:
        """Return the module, and the part of it, that a name stands for; empty for any other expression."""
        return self._imports.get(node.id, ("", "")) if isinstance(node, ast.Name) else ("", "")

    def _look_around(self, node: ast.AST) -> None:
        """Note what a node says of those in it."""
        match node:
            case ast.Call(func=ast.Attribute(attr=name) as func) if name in CATCHING:
                self._check_caught(node.args[0] if node.args else node)
                self._known.add(id(func))
            case ast.Call(func=func, args=given, keywords=named):
                if self._origin(func) == ("copy", "deepcopy") and (named or len(given) != 1 or isinstance(given[0], ast.Starred)):
                    raise Impure("a memo of deepcopy, which would be given a list of the library")
                self._called.add(id(func))
            case ast.withitem(context_expr=ast.Call(func=func)):
                self._managed.add(id(func))
            case ast.Attribute(value=ast.Name() as owner) if self._import_of(owner)[0] and not self._import_of(owner)[1]:
                self._known.add(id(owner))
            case ast.Compare():
                self._look_at_types([node.left, *node.comparators])
            case ast.FunctionDef(decorator_list=decorators, returns=annotation):
                self._called |= set(map(id, decorators))
                self._look_at_annotation(annotation)
            case ast.arg(annotation=annotation) | ast.AnnAssign(annotation=annotation):
                self._look_at_annotation(annotation)
            case ast.ClassDef(bases=bases, body=body):
                self._known |= {id(part) for part in body if isinstance(part, ast.FunctionDef)} | set(map(id, bases))

    def _look_at_annotation(self, annotation: ast.expr | None) -> None:
        parts = list(ast.walk(annotation)) if annotation else []
        if all(isinstance(part, ANNOTATING) and self._is_type(part) for part in parts):
            self._called |= set(map(id, parts))

    def _is_type(self, node: ast.AST) -> bool:
        """Whether a node of an annotation does nothing but name a type.

        A class of the library in it must come to nothing else: neither to an object of the text that it is compared with, nor to
        the error of an attribute that it has not.
        """
        match node:
            case ast.Subscript(value=ast.Name(id=name)) if name in TYPES - self._bound:
                return True
            case ast.Subscript(value=value):
                return self._origin(value)[0] == "typing"
            case ast.Attribute():
                return self._origin(node) != ("", "")
            case ast.Name(id=name) if not self._import_of(node)[0]:
                own = name in self._classes and name not in self._rebound
                return own or (name in SAFE_BUILTINS | EXCEPTIONS and name not in self._bound)
        return True

    def _look_at_types(self, sides: list[ast.expr]) -> None:
        """Let types by type() be compared with each other and with builtin types; they are no values otherwise."""
        parts = [part for side in sides for part in (side.elts if isinstance(side, ast.Tuple | ast.List) else [side])]
        names = []
        for part in parts:
            match part:
                case ast.Call(func=ast.Name(id="type") as name, args=[value], keywords=[]) if not isinstance(value, ast.Starred):
                    names.append(name)
                case ast.Name(id=kind) as name if kind in TYPES:
                    names.append(name)
                case _:
                    return
        if not TYPES & self._bound:
            self._known |= set(map(id, names))

    def _check(self, node: ast.AST) -> None:
        match node:
            case ast.Name():
                self._check_name(node)
            case ast.Attribute() if id(node) not in self._known:
                self._check_attribute(node)
            case ast.Try(finalbody=last, handlers=handlers):
                if last:
                    raise Impure("finally")
                for handler in handlers:
                    self._check_caught(handler.type or handler)
                    self._check_bound(handler.name or "")
            case ast.arg(arg=name):
                self._check_bound(name)
            case ast.FunctionDef(name=name) if id(node) not in self._known:
                self._check_bound(name)
            case ast.ClassDef():
                self._check_class(node)

    def _check_bound(self, name: str) -> None:
        if name in EXCEPTIONS or is_special(name):
            raise Impure(f"binds {name}")

    def _check_name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._check_bound(node.id)
        elif id(node) not in self._known:
            module, part = self._import_of(node)
            if module:
                self._read_part(module, part, called=id(node) in self._called)
            elif node.id in self._cases:
                raise Impure("a class of tests as a value")
            elif is_special(node.id) or (hasattr(builtins, node.id) and node.id not in SAFE_BUILTINS | EXCEPTIONS):
                raise Impure(f"name {node.id}")
            else:
                self._uses.add(node.id)

    def _read_part(self, module: str, part: str, *, called: bool) -> None:
        """Read a part of a module. Where the library can be changed by setting attributes, it may be called, and no value."""
        if part not in MODULES.get(module, ()) or (module in MUTABLE_MODULES and not called):
            raise Impure(f"{module}.{part}" if part else f"module {module} as a value")

    def _check_attribute(self, node: ast.Attribute) -> None:
        module, part = self._import_of(node.value)
        if module and not part:
            if not isinstance(node.ctx, ast.Load):
                raise Impure(f"{module}.{node.attr} set")
            self._read_part(module, node.attr, called=id(node) in self._called)
        elif not isinstance(node.ctx, ast.Load):
            if node.attr != "maxDiff":
                self._define(node.attr)
        elif node.attr in CALLED and id(node) not in (self._managed if node.attr == "subTest" else self._called):
            raise Impure(f"{node.attr} as a value")
        elif node.attr not in READABLE:
            self._check_own(node.attr)
            if node.attr in UNREADABLE:
                raise Impure(f"{node.attr} as a value")
            self._needs.add(node.attr)

    def _define(self, name: str) -> None:
        self._check_own(name)
        self._defines.add(name)

    def _check_own(self, name: str) -> None:
        if is_special(name) or name.startswith(INTERNAL_PREFIXES) or name in RESERVED:
            raise Impure(f"attribute {name}")

    def _check_caught(self, node: ast.AST) -> None:
        for kind in node.elts if isinstance(node, ast.Tuple) else [node]:
            if not isinstance(kind, ast.Name) or kind.id not in CATCHABLE:  # and nothing rebinds these
                raise Impure("a handler of more than a few builtin exceptions")

    def _check_class(self, node: ast.ClassDef) -> None:
        if node not in self._module.body or node.keywords or node.decorator_list or not all(map(self._is_base, node.bases)):
            raise Impure("a class with a metaclass, a decorator or a base of the library, or inside something")
        self._check_bound(node.name)
        bound = set(_bound_by(node.body))
        if bound & (TYPES | self._imports.keys()):
            raise Impure("an import in a class, or a class that binds a builtin type")
        for name in bound - METHODS:
            self._define(name)

    def _is_base(self, base: ast.expr) -> bool:
        if self._is_test_case(base):
            return True
        return isinstance(base, ast.Name) and base.id in EXCEPTIONS | {"object"} | self._classes and not self._import_of(base)[0]

    def _is_test_case(self, base: ast.expr) -> bool:
        return self._origin(base) == ("unittest", "TestCase")

    def _origin(self, node: ast.expr) -> tuple[str, str]:
        """Return the module and the part of it that a name or a module's attribute stands for; empty for any other expression."""
        if isinstance(node, ast.Attribute):
            module, part = self._import_of(node.value)
            return (module, node.attr) if module and not part else ("", "")
        return self._import_of(node)


def _bound_by(body: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that statements bind in their own scope."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from (alias.asname or alias.name for alias in aliases)
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                pass
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.ExceptHandler(name=str(name)):
                yield name
                yield from _bound_by(ast.iter_child_nodes(node))
            case _:
                yield from _bound_by(ast.iter_child_nodes(node))


def _without_main(module: ast.Module) -> ast.Module:
    """Leave out the block of the main module, which never runs here."""
    for node in ast.walk(module):
        match node:
            case ast.If(
                test=ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")])
            ):
                node.test, node.body = ast.Constant(False), [ast.Pass()]
    return module
