"""Reasons why a test cannot be graded in isolation: state that it would have to share with the program.

A reason is a name in the test's text, or code of the program inside a class of the test.
"""

import ast
import functools
import importlib.machinery
import math
import sys
from collections.abc import Iterator, Sequence

from ..constants import SOLUTION, word_set
from .importing import library
from .mirrors import STREAMS, is_served, patched_name

MODULES = word_set("""
    ast asyncio cloudpickle concurrent ctypes dbm dill dis gc importlib inspect joblib logging.config logging.handlers marshal
    multiprocessing pdb pickle pkgutil pstats pydoc runpy shelve signal site subprocess threading traceback tracemalloc warnings
    weakref zipimport
""")
"""Modules whose use shows that a test looks into the program's process, or runs code that it finds in files."""
CROSSING = sys.stdlib_module_names | {"numpy", SOLUTION, ""}
"""Top modules whose values may cross; all others are packages. One that is not there is an error in either grading."""
NAMES = word_set("""
    breakpoint capsys create_autospec eval exec globals IsolatedAsyncioTestCase AsyncMock MagicMock Mock NonCallableMock
    PropertyMock mock_open patch sentinel __import__
""")
ATTRIBUTES = (NAMES - {"eval", "exec"}) | word_set("""
    assertLogs assertNoLogs assertWarns assertWarnsRegex chdir discover environ getcontext getrefcount localcontext modules
    path_hooks path_importer_cache read_pickle seed setcontext setrecursionlimit settrace throw __annotations__
    __bases__ __closure__ __code__ __defaults__ __doc__ __globals__ __members__ __mro__ __subclasses__
    __wrapped__
""")
"""Attributes of state that the test and the program would have to share."""
KEYWORDS = word_set("allow_pickle spec spec_set wraps")
"""Arguments that load code, or make a mock of something of the program."""
MANY = 1000
"""Rounds of a loop whose calls take longer than a test may: each call of the program is two messages."""
_FIXTURES = ("test", "setUp", "tearDown", "load_tests")
_STORING = word_set("auto dataclass dict field hash isinstance list repr set str super super().__init__ type")
_COMPUTING = (ast.BinOp, ast.Subscript, ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.Lambda)
"""What a class of the test that only holds data has not, besides calls of anything but _STORING."""
LOGGING = word_set("addHandler basicConfig getLogger getLogRecordFactory setLogRecordFactory FileHandler StreamHandler")
"""Parts of `logging` that are refused: they look at the program's logs."""


def obstacles(nodes: Sequence[ast.AST], program_names: set[str]) -> Iterator[str]:
    """Yield reasons, in the order of the test's nodes; `program_names` are the names that come from the program."""
    sources = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == SOLUTION]
    program_names = program_names | {alias.asname or alias.name for node in sources for alias in node.names}
    modules = {alias.asname or alias.name: alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    used = {"*"} | {node.id for node in nodes if isinstance(node, ast.Name)}
    patching = {id(part) for node in nodes if is_served(patched_name(node)) for part in ast.iter_child_nodes(node)}
    if _calls_often(nodes[0], program_names, 1):
        yield f"calls in a loop of {MANY} rounds or more"
    for node in nodes:
        match node:
            case ast.Name(id="patch") | ast.Attribute(attr="patch") if id(node) in patching:
                pass
            case ast.Name(id=word) if word in NAMES:
                yield f"uses {word}"
            case ast.keyword(arg=word) if word in KEYWORDS:
                yield f"uses {word}"
            case ast.Global(names=names) if shared := program_names.intersection(names):
                yield f"binds {min(shared)} by global, which may be the program's or its own"
            case ast.Await() | ast.AsyncFunctionDef() | ast.AsyncFor() | ast.AsyncWith():
                yield "is asynchronous"
            case ast.Import() | ast.ImportFrom():
                yield from _imports(node, used)
            case ast.ClassDef():
                yield from _class(node, program_names)
            case ast.Attribute():
                yield from _attribute(node, modules)


def offered_name(node: ast.stmt, unused: set[str]) -> str:
    """Return the name of what a test defines for the program: a class that only holds data, or a function it never uses itself."""
    match node:
        case ast.FunctionDef(name=name) if name in unused and not name.startswith(_FIXTURES):
            return name
        case ast.ClassDef(name=name) if not _is_case(node) and not any(map(_computes, ast.walk(node))):
            made = [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
            return name if all(part.startswith("__") for part in made) else ""
    return ""


def _computes(node: ast.AST) -> bool:
    return isinstance(node, _COMPUTING) or (isinstance(node, ast.Call) and ast.unparse(node.func) not in _STORING)


def _calls_often(node: ast.AST, program_names: set[str], rounds: int) -> bool:
    """Whether a call that may be of the program stands in a loop of MANY rounds; `rounds` are those of loops around the node."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if rounds >= MANY and name in program_names:
            return True
        case ast.Call(func=ast.Attribute(value=owner)) if rounds >= MANY and not (
            isinstance(owner, ast.Name) and owner.id == "self"
        ):
            return True
        case ast.For(iter=over) | ast.While(test=over):
            rounds *= _rounds(over)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            rounds *= math.prod(_rounds(loop.iter) for loop in node.generators)
    return any(_calls_often(child, program_names, rounds) for child in ast.iter_child_nodes(node))


def _rounds(over: ast.expr) -> int:
    """Return about how often a loop goes round: the largest number that is written in what it goes through."""
    numbers = [1]
    for node in ast.walk(over):
        match node:
            case ast.BinOp(left=ast.Constant(value=int(base)), op=ast.Pow(), right=ast.Constant(value=int(power))) if power < 99:
                numbers.append(base**power)
            case ast.Constant(value=int(number)):
                numbers.append(number)
    return max(numbers)


def _imports(node: ast.Import | ast.ImportFrom, used: set[str]) -> Iterator[str]:
    """Imports of what cannot be served; what the test never uses does no harm."""
    names = [name for name in node.names if (name.asname or name.name.partition(".")[0]) in used]
    if isinstance(node, ast.Import):
        yield from (f"imports {name.name}" for name in names if _unsupported(name.name))
        return
    source = node.module or ""
    for name in names:
        whole = f"{source}.{name.name}"
        refused = ATTRIBUTES - (set() if name.asname else {"patch"}) | (LOGGING if source == "logging" else set())
        if _unsupported(source) or _unsupported(whole) or name.name in refused:
            yield f"imports {whole}"


def _unsupported(module: str) -> bool:
    """Whether a test that imports the module needs the program in its own process; values of packages do not cross."""
    top = module.partition(".")[0]
    return (top not in CROSSING and _is_there(top)) or any(module == name or module.startswith(f"{name}.") for name in MODULES)


@functools.lru_cache(maxsize=256)
def _is_there(package: str) -> bool:
    """Whether there is a package, in the directories that tests import from."""
    return importlib.machinery.PathFinder.find_spec(package, list(library())) is not None


def _class(node: ast.ClassDef, program_names: set[str]) -> Iterator[str]:
    """Code of the program in a class of the test: as a base, a decorator or a descriptor."""
    for base in node.bases:
        if _is_of_program(base, program_names):
            yield f"derives from {ast.unparse(base)}"
    made = list(node.decorator_list)
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name.startswith(("test", "setUp", "tearDown")):
            made += part.decorator_list
        elif isinstance(part, ast.Assign) and isinstance(part.value, ast.Call) and not _is_case(node):
            made.append(part.value)
    for made_by in made:
        if _is_of_program(made_by, program_names):
            yield f"has {ast.unparse(made_by)} of the program in a class"


def _is_case(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith("TestCase") for base in node.bases)


def _is_of_program(node: ast.expr, program_names: set[str]) -> bool:
    """Whether an expression is something of the program, or a call of it."""
    match node:
        case ast.Call(func=func):
            return _is_of_program(func, program_names)
        case ast.Attribute(value=ast.Name(id=module)):
            return module == SOLUTION
        case ast.Name(id=name):
            return name in program_names
    return False


def _attribute(node: ast.Attribute, modules: dict[str, str]) -> Iterator[str]:
    """Attributes of shared state; `modules` are the modules that the test imports, by its names for them."""
    if node.attr in ATTRIBUTES:
        yield f"uses .{node.attr}"
    module = modules.get(node.value.id, SOLUTION) if isinstance(node.value, ast.Name) else SOLUTION
    if module == "logging" and node.attr in LOGGING:
        yield f"uses logging.{node.attr}"
    if module != SOLUTION and node.attr not in STREAMS and not isinstance(node.ctx, ast.Load):
        yield f"sets {module}.{node.attr}"
