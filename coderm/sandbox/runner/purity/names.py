"""Resolves names, imports and attributes of a text; stops at the first one that the rules do not know."""

import ast
import builtins

from .expressions import is_name, plain_format
from .rules import (
    ASSERTIONS,
    DATA_ATTRIBUTES,
    EXCEPTIONS,
    INTERNAL_PREFIXES,
    MODULE_DUNDERS,
    MODULES,
    MUTABLE_MODULES,
    ONLY_CALLED,
    READ_METHODS,
    RESERVED,
    SAFE_BUILTINS,
    is_importable,
    is_missing,
    is_preloaded,
    is_readable,
    is_special,
)
from .scopes import Impure, Scope


class NameReader(ast.NodeVisitor):
    """Tracks the scope, and the names read, set and defined so far."""

    def __init__(self) -> None:
        self._scopes: list[Scope] = [Scope(opaque=True)]
        self._uses: set[str] = set()
        self._defines: set[str] = set()
        self._declared: set[str] = set()
        self._needs: set[str] = set()
        self._classes: set[str] = set()
        self._sets = self._leaks = False
        self._plain_annotations = 0
        self._comprehensions = 0

    def _check_bound(self, name: str) -> None:
        if name in EXCEPTIONS or name in ONLY_CALLED:
            raise Impure(f"rebinds {name}")
        if is_special(name) and name not in MODULE_DUNDERS:
            raise Impure(f"binds {name}")

    def _scope_of(self, name: str) -> Scope:
        """Find the scope that a name belongs to; the module's when it is global or unknown."""
        for depth, scope in enumerate(reversed(self._scopes)):
            if name in scope.outside:
                return self._scopes[0]
            if name in scope.bound and not (scope.opaque and depth):  # class bodies are not seen from within functions
                return scope if not scope.opaque else self._scopes[0]
        return self._scopes[0]

    def _module(self, node: ast.expr) -> str:
        """Return the module that a name stands for; empty for any other expression."""
        if not isinstance(node, ast.Name):
            return ""
        origin = self._scope_of(node.id).imports.get(node.id, "")
        return origin if origin and ":" not in origin else ""

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store | ast.Del):
            self._check_bound(node.id)
            return
        self._read_name(node, called=False)

    def _read_name(self, node: ast.Name, *, called: bool) -> None:
        scope = self._scope_of(node.id)
        origin = scope.imports.get(node.id, "")
        if origin and ":" not in origin:
            raise Impure(f"module {node.id} as a value")
        if origin:
            source, _, part = origin.partition(":")
            if not is_readable(source, part):
                raise Impure(f"{source}.{part}")
            self._value_of(source, called=called)
        if not scope.opaque:
            return
        if is_special(node.id) and node.id != "__name__":
            raise Impure(f"name {node.id}")
        if hasattr(builtins, node.id) and node.id not in SAFE_BUILTINS | EXCEPTIONS | {"__name__"}:
            raise Impure(f"builtin {node.id}")
        if node.id in ONLY_CALLED and not called:
            raise Impure(f"builtin {node.id} as a value")
        self._uses.add(node.id)

    def _value_of(self, module: str, *, called: bool) -> None:
        if module in MUTABLE_MODULES and not called and not self._plain_annotations:
            self._leaks = True

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if not is_missing(alias.name) and (not is_preloaded(alias.name) or "." in alias.name):
                raise Impure(f"import {alias.name}")
            self._check_bound(alias.asname or alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for alias in node.names:
            self._check_bound(alias.asname or alias.name)
            if node.level:
                continue  # an ordinary error: the module is in no package
            if module == "solution" and (alias.name == "*" or alias.asname not in (None, alias.name)):
                raise Impure("from solution import")
            if module == "solution":
                self._uses.add(alias.name)
            elif not is_missing(module) and not (is_preloaded(module) and is_importable(module, alias.name)):
                raise Impure(f"from {module} import {alias.name}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._attribute(node, called=False)

    def _attribute(self, node: ast.Attribute, *, called: bool) -> None:
        module = self._module(node.value)
        if module:
            if not isinstance(node.ctx, ast.Load) or not (module in MODULES and is_readable(module, node.attr)):
                raise Impure(f"{module}.{node.attr}")
            self._value_of(module, called=called)
            return
        if isinstance(node.ctx, ast.Store | ast.Del):
            self._sets = True
            if node.attr != "maxDiff":
                self._define(node.attr)
        else:
            self._readable_attribute(node, called=called)
        self.visit(node.value)

    def _readable_attribute(self, node: ast.Attribute, *, called: bool) -> None:
        name = node.attr
        if name == "__init__" and isinstance(node.value, ast.Call) and is_name(node.value.func, "super"):
            return
        if name == "__name__" or (name == "format" and plain_format(node.value)):
            return
        if name in ("encode", "decode"):
            raise Impure(f"attribute {name}")  # where it is not called with a known codec, see visit_Call
        if name in DATA_ATTRIBUTES or name in ASSERTIONS:
            return
        if name in READ_METHODS:
            self._leaks |= not called  # that of a library class is a function
            return
        self._check_attribute(name)
        self._needs.add(name)

    def _define(self, name: str) -> None:
        self._check_attribute(name)
        self._defines.add(name)

    def _check_attribute(self, name: str) -> None:
        if is_special(name) or name.startswith(INTERNAL_PREFIXES) or name in RESERVED:
            raise Impure(f"attribute {name}")
