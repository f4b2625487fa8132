"""Prove, from their texts alone, that a program and a test leave nothing in an interpreter that another test could meet.

Every test of a session gets a fresh namespace: program and test are executed anew. So their own globals, classes, defaults and
closures are new each time. What could carry over is what they did not make: modules, their attributes, builtins, the interpreter.
The rules below let a text reach none of those, except to call what keeps no state. They are an allow-list; what they do not know is
denied, and a denied pair runs in a fresh process.

The argument, by what a value can be. Values are constants, what the text's own functions and classes make, and what allowed
callables return; none of these is both shared between tests and mutable. Modules never become values: their names may only stand
before an allowed attribute. Attributes may be read by names that only harmless types have, or that the texts themselves define and
no object of the interpreter has. Attributes may be set only where no class or function of the library can be a value. Running out
of memory or stack depends on what ran before, so no handler may catch it; the session ends there and a fresh process decides.

What depends on the addresses of objects (default hashes and reprs) is as undefined here as between two containers.
"""

import ast
import builtins
import collections
import decimal
import fractions
import functools
import importlib.util
import itertools
import math
import operator
import re
import string
import sys
import unittest
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

MAX_TEXT = 20_000
"""Longest text worth a proof, characters."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _public(owner: object) -> frozenset[str]:
    return frozenset(name for name in dir(owner) if not name.startswith("_"))


SAFE_BUILTINS = _words(
    "abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float format "
    "frozenset getattr hasattr hex int isinstance issubclass iter len list map max min next object oct ord pow print "
    "property range repr reversed round set slice sorted staticmethod str sum super tuple type zip True False None Ellipsis "
    "NotImplemented"
)
CATCHABLE = _words(
    "ArithmeticError AssertionError AttributeError EOFError FloatingPointError ImportError IndexError KeyError LookupError "
    "ModuleNotFoundError NameError NotImplementedError OSError OverflowError StopIteration SyntaxError TypeError UnboundLocalError "
    "UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError ZeroDivisionError"
)
"""Exceptions whose handlers cannot catch MemoryError or RecursionError."""
EXCEPTIONS = CATCHABLE | {"Exception", "RuntimeError"}
ONLY_CALLED = frozenset(("type", "super", "getattr", "hasattr"))
"""Builtins that are checked where they are called and may not be passed on."""
METHODS = frozenset(
    f"__{name}__"
    for name in _words(
        "init str repr eq ne lt le gt ge hash len iter next getitem setitem delitem contains call bool add radd iadd sub rsub mul "
        "rmul truediv floordiv mod pow neg abs int float index"
    )
)
"""Special methods a class may define; __del__, __getattr__, __enter__ and the like are not among them."""
MODULE_DUNDERS = _words("__author__ __all__ __version__ __license__ __copyright__ __email__ __status__ __date__")


TYPING = _words(
    "Any AnyStr Callable Collection Container Counter DefaultDict Deque Dict FrozenSet Generator Generic Hashable Iterable "
    "Iterator List Mapping MutableMapping MutableSequence MutableSet NoReturn Optional OrderedDict Reversible Sequence Set Sized "
    "Text Tuple Type Union"
)
MODULES: dict[str, frozenset[str]] = {
    "bisect": _words("bisect bisect_left bisect_right insort insort_left insort_right"),
    "collections": _words("Counter OrderedDict defaultdict deque"),
    "collections.abc": _words("Callable Iterable Iterator Mapping Sequence Set"),
    "copy": frozenset(("copy", "deepcopy")),
    "decimal": frozenset(name for name in _public(decimal) if name.startswith("ROUND_")) | {"Decimal"},
    "fractions": frozenset(("Fraction",)),
    "functools": _words("cache cmp_to_key lru_cache partial reduce"),
    "heapq": _words("heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest"),
    "itertools": _public(itertools),
    "json": frozenset(("dumps", "loads")),
    "math": _public(math),
    "operator": _public(operator) - {"attrgetter", "methodcaller"},
    "re": _words(
        "compile escape findall finditer fullmatch match search split sub subn A ASCII DOTALL I IGNORECASE M MULTILINE S VERBOSE X"
    ),
    "statistics": _words("fmean mean median median_high median_low mode multimode pstdev pvariance stdev variance"),
    "string": frozenset(name for name in _public(string) if isinstance(getattr(string, name), str)) | {"capwords"},
    "typing": TYPING,
    "unittest": frozenset(("TestCase",)),
    "sys": frozenset(("maxsize",)),
    "os": frozenset(),
    "random": frozenset(),
    "time": frozenset(),
    "datetime": frozenset(),
}
"""What may be read from which module; importing any of these does nothing, since the server imported them before."""
HEAP = _words("collections collections.abc copy fractions functools heapq json re statistics string typing unittest")
"""Modules with classes and functions that attributes could be set on."""
UNFIT = frozenset(("format", "format_map", "encode", "decode", "with_traceback", "add_note", "mro"))
"""Attributes of builtin types that reach further (or import a codec); `format` and `encode` are checked by themselves."""
DATA_ATTRIBUTES = (
    frozenset[str]().union(
        *map(
            _public,
            (
                *(str, list, dict, set, frozenset, tuple, int, float, complex, bytes, bytearray, range, slice, ValueError),
                *(collections.Counter, collections.defaultdict, collections.OrderedDict, collections.deque, StopIteration),
                *(re.Pattern, re.Match, decimal.Decimal, fractions.Fraction),
            ),
        )
    )
    - UNFIT
)
ASSERTIONS = frozenset(
    name for name in _public(unittest.TestCase) if name.startswith("assert") and "Logs" not in name and "Warns" not in name
) | {"fail", "subTest", "skipTest", "maxDiff", "exception"}
FIXTURES = frozenset(("setUp", "tearDown", "setUpClass", "tearDownClass", "runTest", "maxDiff", "longMessage"))
TAKEN = _public(unittest.TestCase) - FIXTURES | frozenset(vars(unittest.TestCase("run"))) | UNFIT
"""Attributes of the interpreter's objects that a text may not define for itself, and so not read."""
INTERNAL = ("gi_", "cr_", "ag_", "tb_", "f_", "co_", "func_", "cache_")
"""First letters of attributes of generators, frames, code and wrappers."""


class Impure(Exception):
    """Something the rules do not know; the message says what."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What one text may do to the other when both run in one namespace. `reason` is empty unless the text is denied."""

    reason: str = ""
    imports: frozenset[str] = frozenset()
    origins: frozenset[tuple[str, str]] = frozenset()
    binds: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    defines: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    sets: bool = False
    leaks: bool = False


def facts(text: str) -> Facts:
    """Analyse one program or test module."""
    if len(text) > MAX_TEXT:
        return Facts(f"longer than {MAX_TEXT} characters")
    try:
        return _Reader().read(ast.parse(text))
    except Impure as impure:
        return Facts(str(impure))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Facts(type(error).__name__)


def why_impure(program: Facts, test: Facts) -> str:
    """Return why the two may not share an interpreter with other tests; empty when they may."""
    if program.reason or test.reason:
        return program.reason or test.reason
    if (program.uses | program.binds) & test.imports or (test.uses | test.binds) & program.imports:
        return "a name that the other text imports"
    if len(program.origins | test.origins) > len(program.imports | test.imports):
        return "a name imported from two places"
    if (program.sets or test.sets) and (program.leaks or test.leaks):
        return "attributes set where library objects are values"
    unknown = (program.needs | test.needs) - program.defines - test.defines
    return f"attribute {min(unknown)}" if unknown else ""


@dataclass(slots=True)
class _Scope:
    """A function's or comprehension's names; `opaque` marks the module and class bodies, whose names may come from elsewhere."""

    bound: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    imports: dict[str, str] = field(default_factory=dict)
    stored: set[str] = field(default_factory=set)
    opaque: bool = False


class _Reader(ast.NodeVisitor):
    """Walks one module; raises Impure at the first thing it does not know."""

    def __init__(self) -> None:
        self._scopes: list[_Scope] = [_Scope(opaque=True)]
        self._uses: set[str] = set()
        self._defines: set[str] = set()
        self._declared: set[str] = set()
        self._needs: set[str] = set()
        self._classes: set[str] = set()
        self._sets = self._leaks = False
        self._quiet = 0
        self._comprehensions = 0

    def read(self, module: ast.Module) -> Facts:
        _collect(module.body, self._scopes[0])
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

    # names -------------------------------------------------------------------------------------------------------------------

    def _check_bound(self, name: str) -> None:
        if name in EXCEPTIONS or name in ONLY_CALLED:
            raise Impure(f"rebinds {name}")
        if _special(name) and name not in MODULE_DUNDERS:
            raise Impure(f"binds {name}")

    def _scope_of(self, name: str) -> _Scope:
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
            self._value_of(origin.partition(":")[0], called=called)
        if not scope.opaque:
            return
        if _special(node.id) and node.id != "__name__":
            raise Impure(f"name {node.id}")
        if hasattr(builtins, node.id) and node.id not in SAFE_BUILTINS | EXCEPTIONS | {"__name__"}:
            raise Impure(f"builtin {node.id}")
        if node.id in ONLY_CALLED and not called:
            raise Impure(f"builtin {node.id} as a value")
        self._uses.add(node.id)

    def _value_of(self, module: str, *, called: bool) -> None:
        if module in HEAP and not called and not self._quiet:
            self._leaks = True

    # imports -----------------------------------------------------------------------------------------------------------------

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if not _missing(alias.name) and (not _imported(alias.name) or "." in alias.name):
                raise Impure(f"import {alias.name}")
            self._check_bound(alias.asname or alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for alias in node.names:
            self._check_bound(alias.asname or alias.name)
            if node.level or (module == "solution" and (alias.name == "*" or alias.asname not in (None, alias.name))):
                raise Impure(f"from {'.' * node.level}{module} import")
            if module == "solution":
                self._uses.add(alias.name)
            elif not _missing(module) and not (_imported(module) and _importable(module, alias.name)):
                raise Impure(f"from {module} import {alias.name}")

    # expressions -------------------------------------------------------------------------------------------------------------

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._attribute(node, called=False)

    def _attribute(self, node: ast.Attribute, *, called: bool) -> None:
        module = self._module(node.value)
        if module:
            if not isinstance(node.ctx, ast.Load) or not (module in MODULES and _readable(module, node.attr)):
                raise Impure(f"{module}.{node.attr}")
            self._value_of(module, called=called)
            return
        if isinstance(node.ctx, ast.Store | ast.Del):
            self._sets = True
            if node.attr != "maxDiff":
                self._define(node.attr)
        else:
            self._readable_attribute(node)
        self.visit(node.value)

    def _readable_attribute(self, node: ast.Attribute) -> None:
        name = node.attr
        if name == "__init__" and isinstance(node.value, ast.Call) and _is_name(node.value.func, "super"):
            return
        if name == "__name__" or (name == "format" and _plain_format(node.value)):
            return
        if name in ("encode", "decode"):
            raise Impure(f"attribute {name}")  # where it is not called with a known codec, see visit_Call
        if name in DATA_ATTRIBUTES or name in ASSERTIONS:
            return
        self._check_attribute(name)
        self._needs.add(name)

    def _define(self, name: str) -> None:
        self._check_attribute(name)
        self._defines.add(name)

    def _check_attribute(self, name: str) -> None:
        if _special(name) or name.startswith(INTERNAL) or name in TAKEN:
            raise Impure(f"attribute {name}")

    def visit_Call(self, node: ast.Call) -> None:
        func = node.func
        if isinstance(func, ast.Name):
            self._call_name(func, node)
        elif isinstance(func, ast.Attribute):
            if func.attr in ("encode", "decode") and _known_codec(node):
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
            self._readable_attribute(ast.Attribute(ast.Constant(None), name.value, ast.Load()))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        if self._comprehensions:
            raise Impure("a walrus in a comprehension")
        self.generic_visit(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        scope = _Scope(set(_arguments(node.args)))
        _collect([node.body], scope)
        self._inside(scope, [node.body])

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        scope = _Scope()
        for generator in node.generators:
            if generator.is_async:
                raise Impure("async")
            _collect([generator.target], scope)
        inner: list[ast.AST] = [first.target, *first.ifs]
        for generator in others:
            inner += [generator.target, generator.iter, *generator.ifs]
        inner += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._comprehensions += 1
        self._inside(scope, inner)
        self._comprehensions -= 1

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _comprehension

    # statements --------------------------------------------------------------------------------------------------------------

    def visit_Global(self, node: ast.Global) -> None:
        self._declared.update(node.names)

    def visit_If(self, node: ast.If) -> None:
        if _is_main_guard(node.test):
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
            quiet = self._plain(node)
            self._quiet += quiet
            self.visit(node)
            self._quiet -= quiet

    def _plain(self, node: ast.expr) -> bool:
        """Whether an annotation consists of names, constants, and subscripts of what comes from typing and is nothing else."""
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
        for argument in _argument_nodes(node.args):
            self._annotation(argument.annotation)
        if len(self._scopes) == 1 or not self._scopes[-1].opaque:
            self._check_bound(node.name)
        scope = _Scope(set(_arguments(node.args)))
        _collect(node.body, scope)
        self._inside(scope, node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if len(self._scopes) > 1 or node.keywords or node.decorator_list:
            raise Impure("a class with a metaclass or decorator, or inside something")
        for base in node.bases:
            self._base(base)
        scope = _Scope(opaque=True)
        _collect(node.body, scope)
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

    def _inside(self, scope: _Scope, body: Iterable[ast.AST]) -> None:
        if not scope.opaque:
            for name in scope.bound:
                self._check_bound(name)
        self._scopes.append(scope)
        for child in body:
            self.visit(child)
        self._scopes.pop()

    # everything else ---------------------------------------------------------------------------------------------------------

    PLAIN = tuple(
        getattr(ast, name)
        for name in _words(
            "Return Delete Assign AugAssign For While With Raise Assert Nonlocal Expr Pass Break Continue withitem keyword "
            "BoolOp BinOp UnaryOp IfExp Dict Set Yield YieldFrom Compare FormattedValue JoinedStr Constant Subscript Starred List "
            "Tuple Slice ExceptHandler boolop operator unaryop cmpop expr_context"
        )
    )

    def generic_visit(self, node: ast.AST) -> None:
        """Walk on through what is harmless by itself; deny the rest."""
        if not isinstance(node, (*self.PLAIN, ast.If, ast.Try, ast.NamedExpr)):
            raise Impure(type(node).__name__)
        super().generic_visit(node)


def _collect(body: Iterable[ast.AST], scope: _Scope) -> None:
    """Note the names that statements bind in their own scope."""
    stack: list[ast.AST] = list(body)
    free: set[str] = set()
    while stack:
        node = stack.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                scope.bound.add(name)
                scope.stored.add(name)
            case ast.Global(names=names):
                scope.outside.update(names)
            case ast.Nonlocal(names=names):
                free.update(names)
            case ast.Import(names=aliases):
                for alias in aliases:
                    _import(scope, alias.asname or alias.name, alias.name)
            case ast.ImportFrom(module=module, names=aliases):
                for alias in aliases:
                    if module != "solution":
                        for name in sorted(MODULES.get(module or "", ())) if alias.name == "*" else [alias.asname or alias.name]:
                            _import(scope, name, f"{module}:{alias.name}")
            case ast.ExceptHandler(name=str(name)):
                scope.bound.add(name)
                scope.stored.add(name)
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            scope.bound.add(node.name)
            scope.stored.add(node.name)
            continue
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        stack.extend(ast.iter_child_nodes(node))
    scope.bound -= free
    if scope.stored & scope.imports.keys():
        raise Impure("an imported name bound again")
    if scope.outside & scope.imports.keys():
        raise Impure("an import of a global name inside a function")


def _import(scope: _Scope, name: str, origin: str) -> None:
    """Note a name that is imported; one that several imports may bind is a module as soon as one of them says so."""
    scope.bound.add(name)
    if _missing(origin.partition(":")[0]):
        return  # never bound by this
    before = scope.imports.get(name)
    if before not in (None, origin):
        raise Impure(f"several imports of {name}")
    scope.imports[name] = origin


def _special(name: str) -> bool:
    """Whether a name may mean something to the interpreter; a placeholder of underscores alone does not."""
    return name.startswith("__") and bool(name.strip("_"))


def _imported(module: str) -> bool:
    return module in MODULES and module in sys.modules


@functools.lru_cache(maxsize=4096)
def _missing(module: str) -> bool:
    """Whether the top package exists nowhere, so that importing it is an ordinary error and binds nothing."""
    top = module.partition(".")[0]
    return top.isidentifier() and top != "solution" and top not in sys.modules and importlib.util.find_spec(top) is None


def _importable(module: str, name: str) -> bool:
    """Whether `from module import name` binds something harmless, or fails without looking for a submodule."""
    if name == "*":
        return module == "math"
    return name in MODULES[module] or (_readable(module, name) and not hasattr(sys.modules[module], "__path__"))


def _readable(module: str, name: str) -> bool:
    """Whether the attribute is harmless, or missing, which is an ordinary error."""
    return name in MODULES[module] or not (name.startswith("_") or hasattr(sys.modules.get(module), name))


def _arguments(arguments: ast.arguments) -> Iterator[str]:
    return (argument.arg for argument in _argument_nodes(arguments))


def _argument_nodes(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None)


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_main_guard(node: ast.expr) -> bool:
    """Whether the condition is `__name__ == "__main__"`, which never holds here."""
    match node:
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return True
    return False


def _plain_format(node: ast.expr) -> bool:
    """Whether the expression is a constant format string whose fields read no attributes or items."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    try:
        fields = [(name or "", spec or "") for _, name, spec, _ in string.Formatter().parse(node.value)]
    except ValueError:
        return False
    return not any("." in name or "[" in name or "{" in spec for name, spec in fields)


def _known_codec(node: ast.Call) -> bool:
    """Whether encode() or decode() names no codec, or one that is part of the interpreter's core."""
    codecs = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
    return not node.keywords and codecs in ([], ["utf-8"], ["ascii"], ["utf8"])
