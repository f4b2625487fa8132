"""Walks the statements and expressions of one module; stops at the first node the rules do not know."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from ..constants import word_set
from .expressions import is_main_guard, known_codec
from .names import NameReader
from .rules import CATCHABLE, EXCEPTIONS, METHODS, ONLY_CALLED
from .scopes import Impure, Scope, argument_nodes, arguments, collect

_PLAIN = word_set(
    "Return Delete Assign AugAssign For While With Raise Assert Nonlocal Expr Pass Break Continue withitem keyword "
    "If Try NamedExpr BoolOp BinOp UnaryOp IfExp Dict Set Yield YieldFrom Compare FormattedValue JoinedStr Constant Subscript "
    "Starred List Tuple Slice ExceptHandler boolop operator unaryop cmpop expr_context"
)
PLAIN = frozenset(kind for name in _PLAIN for kind in (getattr(ast, name), *getattr(ast, name).__subclasses__()))
"""Nodes that are harmless by themselves."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Effects of one text on another in the same namespace. `reason` is empty unless the text is denied."""

    reason: str = ""
    imports: frozenset[str] = frozenset()
    origins: frozenset[tuple[str, str]] = frozenset()
    binds: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    defines: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    sets: bool = False
    leaks: bool = False


class Reader(NameReader):
    """Reads one module; raises Impure."""

    def read(self, module: ast.Module) -> Facts:
        collect(module.body, self._scopes[0])
        for name in self._scopes[0].bound:
            self._check_bound(name)
        self._classes = {node.name for node in module.body if isinstance(node, ast.ClassDef)}
        for node in module.body:
            self.visit(node)
        origins = self._scopes[0].imports
        imports, binds = frozenset(origins), frozenset(self._scopes[0].stored | self._declared)
        if imports & binds:
            raise Impure("an imported name bound again")
        uses, defines, needs = frozenset(self._uses) - imports, frozenset(self._defines), frozenset(self._needs)
        return Facts("", imports, frozenset(origins.items()), binds, uses, defines, needs, self._sets, self._leaks)

    def visit_Call(self, node: ast.Call) -> None:
        func = node.func
        if isinstance(func, ast.Name):
            self._call_name(func, node)
        elif isinstance(func, ast.Attribute):
            if func.attr in ("encode", "decode") and known_codec(node):
                self.visit(func.value)
            else:
                self._attribute(func, called=True)
            if func.attr in ("assertRaises", "assertRaisesRegex"):
                if not node.args or isinstance(node.args[0], ast.Starred):
                    raise Impure(f"{func.attr} without a named exception")
                self._check_caught(node.args[0])
        else:
            self.visit(func)
        for child in (*node.args, *node.keywords):
            self.visit(child)

    def _call_name(self, func: ast.Name, node: ast.Call) -> None:
        self._read_name(func, called=True)
        if not self._scope_of(func.id).opaque:
            return
        plain = not node.keywords and not any(isinstance(arg, ast.Starred) for arg in node.args)
        if func.id == "type":
            self._leaks = True
            if not plain or len(node.args) != 1:
                raise Impure("type() that makes a class")
        if func.id == "super" and (node.args or node.keywords):
            raise Impure("super() with arguments")
        if func.id in ("getattr", "hasattr"):
            name = node.args[1] if plain and len(node.args) > 1 else None
            if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
                raise Impure(f"{func.id}() of a computed name")
            self._readable_attribute(ast.Attribute(ast.Constant(None), name.value, ast.Load()), called=False)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        if self._comprehensions:
            raise Impure("a walrus in a comprehension")
        self.generic_visit(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        scope = Scope(set(arguments(node.args)))
        collect([node.body], scope)
        self._inside(scope, [node.body])

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        scope = Scope()
        for generator in node.generators:
            if generator.is_async:
                raise Impure("async")
            collect([generator.target], scope)
        inner: list[ast.AST] = [first.target, *first.ifs]
        for generator in others:
            inner += [generator.target, generator.iter, *generator.ifs]
        inner += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._comprehensions += 1
        self._inside(scope, inner)
        self._comprehensions -= 1

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension

    def visit_Global(self, node: ast.Global) -> None:
        self._declared.update(node.names)

    def visit_If(self, node: ast.If) -> None:
        if is_main_guard(node.test):
            for child in node.orelse:
                self.visit(child)
        else:
            self.generic_visit(node)

    def visit_Try(self, node: ast.Try) -> None:
        if node.finalbody:
            raise Impure("finally")
        for handler in node.handlers:
            if handler.type is None:
                raise Impure("a handler of everything")
            self._check_caught(handler.type)
            if handler.name:
                self._check_bound(handler.name)
        self.generic_visit(node)

    def _check_caught(self, node: ast.expr) -> None:
        for kind in node.elts if isinstance(node, ast.Tuple) else [node]:
            if not isinstance(kind, ast.Name) or kind.id not in CATCHABLE:  # and no scope rebinds these
                raise Impure("a handler of more than a few builtin exceptions")

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)
        self._annotation(node.annotation)

    def _annotation(self, node: ast.expr | None) -> None:
        """Visit an annotation; a plain one passes no library object on."""
        if node is not None:
            plain = self._plain(node)
            self._plain_annotations += plain
            self.visit(node)
            self._plain_annotations -= plain

    def _plain(self, node: ast.expr) -> bool:
        """Whether an annotation consists of names, constants, and subscripts of names of typing."""
        match node:
            case ast.Name() | ast.Constant() | ast.Attribute(value=ast.Name()):
                return True
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return all(self._plain(part) for part in parts)
            case ast.Subscript(value=ast.Name(id=name), slice=inner):
                shadowed = self._scopes[-1].opaque and len(self._scopes) > 1 and name in self._scopes[-1].bound
                return not shadowed and self._scope_of(name).imports.get(name, "").startswith("typing:") and self._plain(inner)
            case ast.Subscript(value=ast.Attribute(value=base), slice=inner):
                return self._module(base) == "typing" and self._plain(inner)
        return False

    def _defaults(self, arguments: ast.arguments) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)

    def _called(self, node: ast.expr) -> None:
        """Visit a decorator, which is called with a function of the text."""
        if isinstance(node, ast.Name) and node.id not in ONLY_CALLED:
            self._read_name(node, called=True)
        elif isinstance(node, ast.Attribute):
            self._attribute(node, called=True)
        else:
            self.visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for decorator in node.decorator_list:
            self._called(decorator)
        self._defaults(node.args)
        self._annotation(node.returns)
        for argument in argument_nodes(node.args):
            self._annotation(argument.annotation)
        if len(self._scopes) == 1 or not self._scopes[-1].opaque:
            self._check_bound(node.name)
        scope = Scope(set(arguments(node.args)))
        collect(node.body, scope)
        self._inside(scope, node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if len(self._scopes) > 1 or node.keywords or node.decorator_list:
            raise Impure("a class with a metaclass or decorator, or inside something")
        for base in node.bases:
            self._base(base)
        scope = Scope(opaque=True)
        collect(node.body, scope)
        if scope.imports:
            raise Impure("an import in a class")
        for name in scope.bound:
            if name not in METHODS:
                self._define(name)
        self._inside(scope, node.body)

    def _base(self, base: ast.expr) -> None:
        if isinstance(base, ast.Name):
            origin = self._scopes[0].imports.get(base.id, "")
            if origin == "unittest:TestCase" or (not origin and (base.id in EXCEPTIONS | {"object"} or base.id in self._classes)):
                return
        elif isinstance(base, ast.Attribute) and self._module(base.value) == "unittest" and base.attr == "TestCase":
            return
        raise Impure("a base class")

    def _inside(self, scope: Scope, body: Iterable[ast.AST]) -> None:
        if not scope.opaque:
            for name in scope.bound:
                self._check_bound(name)
        self._scopes.append(scope)
        for child in body:
            self.visit(child)
        self._scopes.pop()

    def generic_visit(self, node: ast.AST) -> None:
        """Visit the children of a harmless node; deny any other."""
        if type(node) not in PLAIN:
            raise Impure(type(node).__name__)
        super().generic_visit(node)
