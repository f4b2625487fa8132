"""Allow-lists of names that leave no state: builtins, modules and their attributes, attributes of values."""

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

from ..constants import word_set


def public(owner: object) -> frozenset[str]:
    return frozenset(name for name in dir(owner) if not name.startswith("_"))


SAFE_BUILTINS = word_set(
    "abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float format "
    "frozenset hex input int isinstance issubclass iter len list map max min next object oct ord pow print "
    "property range repr reversed round set slice sorted staticmethod str sum tuple zip True False None Ellipsis "
    "NotImplemented"
)
"""Builtins without state; `input` finds the end of an empty stream."""
CATCHABLE = word_set(
    "ArithmeticError AssertionError AttributeError EOFError FloatingPointError ImportError IndexError KeyError LookupError "
    "ModuleNotFoundError NameError NotImplementedError OSError OverflowError StopIteration SyntaxError TypeError UnboundLocalError "
    "UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError ZeroDivisionError"
)
"""Exceptions whose handlers cannot catch MemoryError or RecursionError."""
EXCEPTIONS = CATCHABLE | {"Exception", "RuntimeError"}
TYPES = word_set("bool bytes complex dict float frozenset int list set str tuple type")
"""Builtins that no text may rebind: their subscripts are types, and types may be compared with them."""
METHODS = frozenset(
    f"__{name}__"
    for name in word_set(
        "init str repr eq ne lt le gt ge hash len iter next getitem setitem delitem contains call bool add radd iadd sub rsub mul "
        "rmul truediv floordiv mod pow neg abs int float index"
    )
)
"""Special methods a class may define; __del__, __getattr__, __enter__ and the like are not among them."""
READ_METHODS = METHODS - {"__init__", "__call__"}
"""Special methods that may be read of a value: they do what the operator does."""
TYPING = word_set(
    "Any AnyStr Callable Collection Container Counter DefaultDict Deque Dict FrozenSet Generator Generic Hashable Iterable "
    "Iterator List Mapping MutableMapping MutableSequence MutableSet NoReturn Optional OrderedDict Reversible Sequence Set Sized "
    "Text Tuple Type Union"
)
NEVER_READ = word_set(
    "__future__ abc argparse array base64 contextlib dataclasses datetime difflib enum fnmatch inspect io logging numbers "
    "numpy os pathlib pickle pprint random signal socket struct textwrap threading time traceback types urllib warnings weakref"
)
"""Modules that may be imported, and names imported from them, as long as nothing reads them."""
MODULES: dict[str, frozenset[str]] = {
    "bisect": word_set("bisect bisect_left bisect_right insort insort_left insort_right"),
    "collections": word_set("Counter OrderedDict defaultdict deque"),
    "collections.abc": word_set("Callable Iterable Iterator Mapping Sequence Set"),
    "copy": frozenset(("copy", "deepcopy")),
    "decimal": frozenset(name for name in public(decimal) if name.startswith("ROUND_")) | {"Decimal"},
    "fractions": frozenset(("Fraction",)),
    "functools": word_set("cache cmp_to_key lru_cache partial reduce"),
    "hashlib": word_set("md5 sha1 sha224 sha256 sha384 sha512"),
    "heapq": word_set("heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest"),
    "itertools": public(itertools),
    "json": frozenset(("dumps", "loads")),
    "math": public(math),
    "operator": public(operator) - {"attrgetter", "methodcaller"},
    "re": word_set(
        "compile escape findall finditer fullmatch match search split sub subn A ASCII DOTALL I IGNORECASE M MULTILINE S VERBOSE X"
    ),
    "statistics": word_set("fmean mean median median_high median_low mode multimode pstdev pvariance stdev variance"),
    "string": frozenset(name for name in public(string) if isinstance(getattr(string, name), str)),
    "typing": TYPING,
    "unittest": frozenset(),
    "sys": frozenset(("maxsize",)),
    **dict.fromkeys(NEVER_READ, frozenset()),
}
"""What may be read from which module; importing any of these does nothing, since the server imported them before."""
MUTABLE_MODULES = word_set("collections collections.abc copy fractions functools heapq json re statistics typing unittest")
"""Modules with classes and functions that attributes could be set on."""
FAR_REACHING = frozenset(("format", "format_map", "with_traceback", "add_note", "mro"))
"""Attributes of builtin types that reach further."""
CATCHING = frozenset(("assertRaises", "assertRaisesRegex"))
"""Assertions that are checked where they are called and may not be passed on."""
DATA_ATTRIBUTES = frozenset[str]().union(
    *map(
        public,
        (
            *(str, list, dict, set, frozenset, tuple, int, float, complex, bytes, bytearray, range, slice, ValueError),
            *(collections.Counter, collections.defaultdict, collections.OrderedDict, collections.deque, StopIteration),
            *(re.Pattern, re.Match, decimal.Decimal, fractions.Fraction),
        ),
    )
) - FAR_REACHING | {"digest", "hexdigest"}
ASSERTIONS = frozenset(
    name for name in public(unittest.TestCase) if name.startswith("assert") and "Logs" not in name and "Warns" not in name
) - CATCHING | {"fail", "subTest", "skipTest", "maxDiff", "exception"}
READABLE = DATA_ATTRIBUTES | READ_METHODS | ASSERTIONS
FIXTURES = frozenset(("setUp", "tearDown", "setUpClass", "tearDownClass", "runTest", "maxDiff", "longMessage"))
CALLED = ASSERTIONS - {"maxDiff", "exception"} | READ_METHODS | FIXTURES - {"maxDiff", "longMessage"}
"""Attributes that are only called: a class of tests has functions of the library under these names."""
_INSIDE: tuple[object, ...] = (
    unittest.TestCase("run"),
    unittest.TestResult(),
    decimal.Decimal().as_tuple(),
    fractions.Fraction(),
    collections.Counter(),
)
INTERNAL = frozenset(name for owner in _INSIDE for name in dir(owner) if name[0] == "_" != name[1])
"""Names of the inside of the test runner, and of the objects of library classes: some hold what all of them share."""
FAILED_AT = frozenset(("obj",))
"""Attribute of an exception that holds the object of which something was asked, which may be the library's."""
CAUGHT = frozenset(("expected", "expected_regex"))
"""Attributes of what assertRaises returns, which say what is caught."""
UNREADABLE = frozenset(("test_case",))
"""One that many tests define and none reads: the test itself."""
FINALIZERS = frozenset(("close", "throw"))
"""Methods that a generator calls of what it delegates to, also when it is collected, whoever runs then."""
RESERVED = public(unittest.TestCase) - FIXTURES | INTERNAL | CAUGHT | FAILED_AT | FINALIZERS | FAR_REACHING
"""Attributes of the interpreter's objects that a text may not define for itself, and so not read."""
INTERNAL_PREFIXES = ("gi_", "cr_", "ag_", "tb_", "f_", "co_", "func_", "cache_")
"""First letters of attributes of generators, frames, code and wrappers."""


def is_special(name: str) -> bool:
    """Whether a name may mean something to the interpreter; a placeholder of underscores alone does not."""
    return name.startswith("__") and bool(name.strip("_"))


def is_preloaded(module: str, name: str = "") -> bool:
    """Whether importing a module, or a name from it, does nothing but bind it."""
    return module in MODULES and module in sys.modules and (not name or name in vars(sys.modules[module]))


@functools.lru_cache(maxsize=4096)
def is_missing(module: str) -> bool:
    """Whether the top package exists nowhere, as that of a relative import, so that importing it is an error and binds nothing."""
    top = module.partition(".")[0]
    known = top == "solution" or top in sys.modules or (top != "" and not top.isidentifier())
    return not known and (not top or importlib.util.find_spec(top) is None)
