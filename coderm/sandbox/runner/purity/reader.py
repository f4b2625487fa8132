"""Walks one module, resolves its names, imports and attributes; stops at the first node that the rules do not know."""

import ast
import builtins
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..constants import word_set
from .rules import (
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
    is_missing,
    is_preloaded,
    is_special,
)
from .scopes import Impure, Scope, collect, parameters, source_of

_PLAIN = word_set(
    "Return Delete Assign AugAssign For While With Raise Assert Nonlocal Expr Pass Break Continue withitem keyword "
    "If Try BoolOp BinOp UnaryOp IfExp Dict Set Yield YieldFrom Compare FormattedValue JoinedStr Constant Subscript "
    "Starred List Tuple Slice ExceptHandler boolop operator unaryop cmpop expr_context"
)
PLAIN = frozenset(kind for name in _PLAIN for kind in (getattr(ast, name), *getattr(ast, name).__subclasses__()))
"""Nodes that are harmless by themselves."""
ANNOTATING = (ast.Name, ast.Constant, ast.Attribute, ast.Tuple, ast.List, ast.Subscript, ast.expr_context)
"""Nodes of a plain annotation."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Effects of one text on another in the same namespace. `reason` is empty unless the text is denied."""

    reason: str = ""
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    binds: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    defines: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


class Reader(ast.NodeVisitor):
    """Reads one module; raises Impure. Tracks the scope, names used, and attributes defined and needed so far."""

    def __init__(self) -> None:
        self._scopes: list[Scope] = [Scope(opaque=True)]
        self._uses: set[str] = set()
        self._defines: set[str] = set()
        self._needs: set[str] = set()
        self._classes: set[str] = set()
        self._annotating = False

    def read(self, module: ast.Module) -> Facts:
        """Return the facts of a module."""
        top = self._scopes[0]
        collect(module.body, top)
        if top.bound & TYPES:
            raise Impure("binds a builtin type")
        self._check_bound(*top.bound, *top.imports)
        self._classes = {node.name for node in module.body if isinstance(node, ast.ClassDef)}
        for node in module.body:
            self.visit(node)
        self._uses -= top.imports.keys()
        return Facts("", top.imports, *map(frozenset, (top.bound, self._uses, self._defines, self._needs)))

    def _check_bound(self, *names: str) -> None:
        for name in names:
            if name in EXCEPTIONS or is_special(name):
                raise Impure(f"binds {name}")

    def _scope_of(self, name: str) -> Scope:
        """Find the scope that a name belongs to; the module's when it is unknown, or a class's own."""
        for scope in reversed(self._scopes):
            if not scope.opaque and (name in scope.bound or name in scope.imports):
                return scope
        return self._scopes[0]

    def _import_of(self, node: ast.expr) -> tuple[str, str]:
        """Return the module, and the part of it, that a name stands for; empty for any other expression."""
        return self._scope_of(node.id).imports.get(node.id, ("", "")) if isinstance(node, ast.Name) else ("", "")

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._read_name(node, called=False)
        else:
            self._check_bound(node.id)

    def _read_name(self, node: ast.Name, *, called: bool) -> None:
        module, part = self._import_of(node)
        if module:
            self._read_part(module, part, called=called)
        if self._scope_of(node.id).opaque:
            if is_special(node.id) or (hasattr(builtins, node.id) and node.id not in SAFE_BUILTINS | EXCEPTIONS):
                raise Impure(f"name {node.id}")
            self._uses.add(node.id)

    def _read_part(self, module: str, part: str, *, called: bool) -> None:
        """Read a part of a module. Where the library can be changed by setting attributes, it may be called, and no value."""
        if part not in MODULES.get(module, ()) or (module in MUTABLE_MODULES and not called and not self._annotating):
            raise Impure(f"{module}.{part}" if part else f"module {module} as a value")

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._check_bound(alias.asname or alias.name)
            if not is_missing(alias.name) and (not is_preloaded(alias.name) or "." in alias.name):
                raise Impure(f"import {alias.name}")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Allow imports that do nothing but bind a name; others might look for a submodule."""
        module = source_of(node)
        for alias in node.names:
            self._check_bound(alias.asname or alias.name)
            if module == "solution" and alias.name != "*" and alias.asname in (None, alias.name):
                self._uses.add(alias.name)
            elif alias.name == "*" or not (is_missing(module) or is_preloaded(module, alias.name)):
                raise Impure(f"from {module} import {alias.name}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._attribute(node, called=False)

    def _attribute(self, node: ast.Attribute, *, called: bool) -> None:
        module, part = self._import_of(node.value)
        if module and not part:
            if not isinstance(node.ctx, ast.Load):
                raise Impure(f"{module}.{node.attr} set")
            self._read_part(module, node.attr, called=called)
            return
        if isinstance(node.ctx, ast.Load):
            if node.attr not in READABLE:
                self._check_attribute(node.attr)
                self._needs.add(node.attr)
        elif node.attr != "maxDiff":
            self._define(node.attr)
        self.visit(node.value)

    def _define(self, name: str) -> None:
        self._check_attribute(name)
        self._defines.add(name)

    def _check_attribute(self, name: str) -> None:
        if is_special(name) or name.startswith(INTERNAL_PREFIXES) or name in RESERVED:
            raise Impure(f"attribute {name}")

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and node.func.attr in CATCHING:
            self._check_caught(node.args[0] if node.args else node)
            self.visit(node.func.value)
        else:
            self._called(node.func)
        for child in (*node.args, *node.keywords):
            self.visit(child)

    def _called(self, node: ast.expr) -> None:
        """Visit what is called: a function, or a decorator."""
        if isinstance(node, ast.Name):
            self._read_name(node, called=True)
        elif isinstance(node, ast.Attribute):
            self._attribute(node, called=True)
        else:
            self.visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Let types by type() be compared with each other and with builtin types; they are no values otherwise."""
        types = [self._types(part) for part in (node.left, *node.comparators)]
        if None in types:
            self.generic_visit(node)
        for value in (value for part in types if None not in types for value in part or ()):
            self.visit(value)

    def _types(self, node: ast.expr) -> list[ast.expr] | None:
        """Return what an expression asks the types of; None where it may give something else than types."""
        match node:
            case ast.Name(id=name) if name in TYPES and self._scope_of(name).opaque:
                return []
            case ast.Call(func=ast.Name(id="type"), args=[value], keywords=[]) if self._scope_of("type").opaque:
                return None if isinstance(value, ast.Starred) else [value]
            case ast.Tuple(elts=parts) | ast.List(elts=parts) if all(self._types(part) == [] for part in parts):
                return []
        return None

    def _check_caught(self, node: ast.AST) -> None:
        for kind in node.elts if isinstance(node, ast.Tuple) else [node]:
            if not isinstance(kind, ast.Name) or kind.id not in CATCHABLE:  # and no scope rebinds these
                raise Impure("a handler of more than a few builtin exceptions")

    def visit_Try(self, node: ast.Try) -> None:
        if node.finalbody:
            raise Impure("finally")
        for handler in node.handlers:
            self._check_caught(handler.type or handler)
            self._check_bound(handler.name or "")
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        """Leave out the block of the main module, which never runs here."""
        match node.test:
            case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
                for child in node.orelse:
                    self.visit(child)
            case _:
                self.generic_visit(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node.args, [node.body])

    def _function(self, arguments: ast.arguments, body: Sequence[ast.AST]) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)
        scope = Scope({parameter.arg for parameter in parameters(arguments)})
        collect(body, scope)
        self._inside(scope, body)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        scope = Scope()
        collect([generator.target for generator in node.generators], scope)
        inner: list[ast.AST] = [part for generator in node.generators for part in (generator.target, *generator.ifs)]
        inner += [generator.iter for generator in others]
        inner += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.comprehension)]
        self._inside(scope, inner)

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)
        self._annotation(node.annotation)

    def _annotation(self, node: ast.expr | None) -> None:
        """Visit an annotation. One of names, constants and generic types passes no library object on."""
        if node is not None:
            parts = list(ast.walk(node))
            generic = all(self._is_generic(part.value) for part in parts if isinstance(part, ast.Subscript))
            self._annotating = generic and all(isinstance(part, ANNOTATING) for part in parts)
            self.visit(node)
            self._annotating = False

    def _is_generic(self, node: ast.expr) -> bool:
        """Whether a subscript of it does nothing but name a type."""
        if isinstance(node, ast.Name) and node.id in TYPES:
            return self._scope_of(node.id).opaque
        return self._import_of(getattr(node, "value", node))[0] == "typing"

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            self._called(decorator)
        for annotation in (node.returns, *(parameter.annotation for parameter in parameters(node.args))):
            self._annotation(annotation)
        if len(self._scopes) == 1 or not self._scopes[-1].opaque:
            self._check_bound(node.name)
        self._function(node.args, node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if len(self._scopes) > 1 or node.keywords or node.decorator_list or not all(map(self._is_base, node.bases)):
            raise Impure("a class with a metaclass, a decorator or a base of the library, or inside something")
        scope = Scope(opaque=True)
        collect(node.body, scope)
        if scope.imports or scope.bound & (self._scopes[0].imports.keys() | TYPES):
            raise Impure("an import in a class, or a class that binds an imported name or a builtin type")
        for name in scope.bound - METHODS:
            self._define(name)
        self._inside(scope, node.body)

    def _is_base(self, base: ast.expr) -> bool:
        if isinstance(base, ast.Attribute):
            return (*self._import_of(base.value), base.attr) == ("unittest", "", "TestCase")
        origin = self._import_of(base)
        own = isinstance(base, ast.Name) and base.id in EXCEPTIONS | {"object"} | self._classes
        return origin == ("unittest", "TestCase") or (own and not origin[0])

    def _inside(self, scope: Scope, body: Sequence[ast.AST]) -> None:
        if not scope.opaque:
            self._check_bound(*scope.bound, *scope.imports)
        self._scopes.append(scope)
        for child in body:
            self.visit(child)
        self._scopes.pop()

    def generic_visit(self, node: ast.AST) -> None:
        """Visit the children of a harmless node; deny any other."""
        if type(node) not in PLAIN:
            raise Impure(type(node).__name__)
        super().generic_visit(node)
