"""Which classes of a test only hold data, read from the test's text alone.

The program may make objects of such a class by its name. So nothing in it may compute: `Expected(xs).answer` would be the test's
own answer. Methods store parameters, compare fields or show them. What is not known here is no data class.
"""

import ast
import builtins
from collections.abc import Sequence

from ..constants import word_set

_ENUMS = word_set("Enum Flag IntEnum IntFlag StrEnum")
_BASES = _ENUMS | word_set("Generic NamedTuple object")
_DECORATORS = word_set("dataclass final total_ordering unique")
_ALLOWED = (
    *(ast.Name, ast.Constant, ast.Attribute, ast.Compare, ast.BoolOp, ast.IfExp, ast.Tuple, ast.List, ast.Dict, ast.UnaryOp),
    *(ast.Lambda, ast.arguments, ast.Call, ast.keyword, ast.cmpop, ast.boolop, ast.unaryop, ast.expr_context),
    *(ast.Assign, ast.AnnAssign, ast.If, ast.Return, ast.Pass, ast.Expr),
)
_TEXTS = (ast.JoinedStr, ast.FormattedValue)
_EMPTY = word_set("OrderedDict deque dict list set")
"""Containers that a method may make empty."""
_SHOWN = word_set("repr str super type")
_STORED = word_set("isinstance super")
_COMPARED = word_set("hash isinstance type")
_METHODS = (
    {"__init__": _STORED}
    | dict.fromkeys(("__repr__", "__str__"), _SHOWN)
    | dict.fromkeys(("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__"), _COMPARED)
)
"""Methods that a data class may have, and what each may call."""
_FIELDS = word_set("auto field")
_BUILTINS = {*vars(builtins), *_EMPTY}


def data_classes(tree: ast.Module) -> frozenset[str]:
    """Return the names of the data classes that a test defines at its top, each once."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    found: set[str] = set()
    for node in classes:
        if sum(other.name == node.name for other in classes) == 1 and _holds_data(node, found):
            found.add(node.name)
    made = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)]
    return frozenset(found.union(*(map(ast.unparse, node.targets) for node in made if _last(node.value.func) == "namedtuple")))  # type: ignore[attr-defined]


def _holds_data(node: ast.ClassDef, above: set[str]) -> bool:
    bases = [_last(base.value if isinstance(base, ast.Subscript) else base) for base in node.bases]
    marks = [_last(each.func if isinstance(each, ast.Call) else each) for each in node.decorator_list]
    if node.keywords or not _DECORATORS.issuperset(marks) or not all(b in above | _BASES or _is_exception(b) for b in bases):
        return False
    makes = any(isinstance(part, ast.FunctionDef) and part.name == "__init__" for part in node.body)
    kept = makes or bool(marks) or any(base != "object" for base in bases)  # a class of constants alone is data of the test
    return all(_is_data(part, kept, _BUILTINS | above | {node.name}) for part in node.body)


def _is_exception(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _is_data(part: ast.stmt, kept: bool, names: set[str]) -> bool:
    """Whether a statement of a class holds data; `kept` says whether constants may be among it, `names` what may occur."""
    match part:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.AnnAssign(value=None):
            return True
        case ast.AnnAssign(value=ast.expr() as value) | ast.Assign(value=value):
            return kept and _is_plain([value], _FIELDS, names | _FIELDS | {"dataclasses", "enum"})
        case ast.FunctionDef(name=name, args=args, decorator_list=[]) if name in _METHODS:
            names = names | {each.arg for each in ast.walk(args) if isinstance(each, ast.arg)}
            defaults = [each for each in (*args.defaults, *args.kw_defaults) if each]
            return _is_plain(defaults, frozenset(), names) and all(_only_stores(each, _METHODS[name], names) for each in part.body)
    return False


def _only_stores(statement: ast.stmt, calls: frozenset[str], names: set[str]) -> bool:
    """Whether a statement of a method has no effect but to store what is there; text may go to an exception."""
    match statement:
        case ast.AnnAssign(target=target, value=value):
            return _is_plain([target, *([value] if value else [])], calls, names)
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="__init__", value=owner), args=args, keywords=[])):
            return (ast.unparse(owner) == "super()" or _is_exception(ast.unparse(owner))) and _is_plain(args, _SHOWN, names)
    return _is_plain([statement], calls, names)


def _is_plain(parts: Sequence[ast.AST], calls: frozenset[str], names: set[str]) -> bool:
    """Whether parts hold nothing but these names, calls of these functions, and what stores and compares."""
    nodes = [node for part in parts for node in ast.walk(part)]
    allowed = (*_ALLOWED, *(_TEXTS if calls is _SHOWN else ()))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    called = [(_last(node.func), node.args) for node in nodes if isinstance(node, ast.Call)]
    known = all(name in calls or (name in _EMPTY and not args) for name, args in called)
    return known and used <= names and all(isinstance(node, allowed) for node in nodes)


def _last(node: ast.expr) -> str:
    """Return the last part of a name: `dataclass` of `dataclasses.dataclass`."""
    return ast.unparse(node).rpartition(".")[2]
