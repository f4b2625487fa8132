"""Imports that models forget: which statement binds a name that a module reads but never binds."""

import ast
import sys
import typing
from collections.abc import Iterable

from coderm.config.import_names import PACKAGE_MODULES
from coderm.extract.syntax.editing import Source, with_header

MODULES = frozenset(sys.stdlib_module_names) - {"this", "antigravity", "code", "test"}
FROM = {
    "abc": "ABC abstractmethod",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "collections": "Counter OrderedDict defaultdict deque namedtuple ChainMap UserDict",
    "contextlib": "contextmanager redirect_stdout suppress",
    "copy": "copy deepcopy",
    "dataclasses": "dataclass field asdict",
    "datetime": "date datetime timedelta",
    "decimal": "Decimal getcontext ROUND_HALF_UP",
    "enum": "Enum IntEnum auto",
    "fractions": "Fraction",
    "functools": "cache cached_property cmp_to_key lru_cache partial reduce singledispatch total_ordering wraps",
    "heapq": "heapify heappop heappush heappushpop heapreplace nlargest nsmallest",
    "io": "StringIO BytesIO",
    "itertools": (
        "accumulate chain combinations combinations_with_replacement compress count cycle dropwhile filterfalse groupby islice "
        "pairwise permutations product repeat starmap takewhile tee zip_longest"
    ),
    "math": (
        "ceil comb cos degrees dist exp factorial floor fsum gcd hypot inf isclose isqrt lcm log log10 log2 nan perm pi prod "
        "radians sin sqrt tan trunc"
    ),
    "operator": "add attrgetter itemgetter mul sub xor",
    "queue": "PriorityQueue Queue",
    "random": "choice randint shuffle uniform",
    "statistics": "mean median mode stdev",
    "string": "ascii_letters ascii_lowercase ascii_uppercase digits punctuation",
    "types": "SimpleNamespace",
    "unittest": "TestCase",
    "unittest.mock": "MagicMock Mock patch",
    "typing": " ".join(name for name in typing.__all__ if name[0].isupper()),
}
ALIASES = {"np": "import numpy as np", "numpy": "import numpy", "dt": "import datetime as dt", "mock": "from unittest import mock"}
BY_NAME = {name: f"from {module} import {name}" for module, names in FROM.items() for name in names.split()}
DATETIME_PARTS = {"datetime", "date", "timedelta", "timezone", "time"}
KNOWN_PACKAGES = MODULES | PACKAGE_MODULES


def is_installed(module: str) -> bool:
    """Whether a module is Python's own or a package that a sandbox image may hold, rather than the program's file."""
    name = module.partition(".")[0]
    return name in KNOWN_PACKAGES and name != "__main__"


def with_missing_imports(code: Source, names: Iterable[str]) -> str:
    """Return the text with imports of those of the names that are known; how a name is used decides what it means."""
    attributes: dict[str, set[str]] = {}
    for node in ast.walk(code.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            attributes.setdefault(node.value.id, set()).add(node.attr)
    found = (_statement(name, attributes.get(name, set())) for name in names)
    return with_header(code.text, sorted(filter(None, found)))


def _statement(name: str, attributes: set[str]) -> str:
    if name in ALIASES:
        return ALIASES[name]
    is_module = name in MODULES and bool(attributes & DATETIME_PARTS if name == "datetime" else attributes)
    return f"import {name}" if is_module else BY_NAME.get(name, "")
