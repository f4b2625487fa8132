"""Ends records whose program needs what no unit test can fix: it is told by the syntax tree, which spares calls of a model.

A name counts where it is used, not where it is only imported. A name that the program binds itself is its own.
"""

import ast
from collections.abc import Iterator

from coderm.data.records import Record, Rejected, Why
from coderm.extract.syntax.parsing import BadSyntax, parse
from coderm.extract.syntax.scopes import Function

_MODULES: dict[Why, tuple[str, ...]] = {
    Why.NETWORK: ("socket", "ssl", "urllib", "http", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "socketserver",
                  "paramiko", "websocket", "websockets", "urllib3", "selenium", "flask", "django", "fastapi"),
    Why.RANDOMNESS: ("random", "secrets", "uuid", "numpy.random", "torch.rand", "torch.randn", "os.urandom"),
    Why.THREADS: ("threading", "multiprocessing", "concurrent", "asyncio", "_thread", "queue.Queue", "signal"),
    Why.CLOCK: ("time", "timeit", "sched", "datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow",
                "datetime.date.today"),
    Why.PROCESSES: ("subprocess", "os.system", "os.popen", "os.fork", "os.kill", "os.exec", "pty", "ctypes"),
    Why.FILES: ("shutil", "tempfile", "pathlib", "sqlite3", "glob", "fileinput", "io.open", "os.remove", "os.listdir", "os.mkdir",
                "os.makedirs", "os.rename", "os.unlink", "os.walk", "os.scandir", "os.rmdir", "os.open", "os.environ", "os.getenv"),
    Why.INPUT: ("sys.stdin", "sys.argv", "getpass", "argparse", "tkinter", "pygame", "curses"),
}  # fmt: skip
"""Modules, and names in them, that say what a program needs. A name stands for everything below it."""
_BUILTINS = {"open": Why.FILES, "input": Why.INPUT, "raw_input": Why.INPUT}
_PREFIXES = {name: why for why, names in _MODULES.items() for name in names}


def syntax_filter(record: Record) -> Record | Rejected:
    """Return the record, or what its program needs. Programs of standard input may read it: they are converted later."""
    tree = parse(record.problem.reference)
    if isinstance(tree, BadSyntax):
        return Rejected(Why.NOT_PYTHON, tree.message)
    needed = needs(tree) - ({Why.INPUT} if record.problem.cases is not None else set())
    first = next((why for why in Why if why in needed), None)
    return record if first is None else Rejected(first)


def needs(tree: ast.Module) -> set[Why]:
    """Return what a program uses of network, clock, randomness, threads, processes, files and input."""
    origins = _imports(tree)
    own = _bound(tree) - origins.keys()
    found = {_of_name(dotted) for dotted in _uses(tree, origins, own)}
    return {why for why in found if why is not None}


def _imports(tree: ast.Module) -> dict[str, str]:
    """Map each imported name to what it stands for; what a star brings is looked up under its module."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = alias.name if alias.asname else alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def _bound(tree: ast.Module) -> set[str]:
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {node.name for node in ast.walk(tree) if isinstance(node, Function | ast.ClassDef)}
    return names | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def _uses(tree: ast.Module, origins: dict[str, str], own: set[str]) -> Iterator[str]:
    """Yield the dotted names that are used, each as long as it is written."""
    stars = [origin.removesuffix(".*") for origin in origins.values() if origin.endswith(".*")]
    inner: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name | ast.Attribute) or id(node) in inner or isinstance(node.ctx, ast.Store):
            continue
        parts: list[str] = []
        base: ast.expr = node
        while isinstance(base, ast.Attribute):
            parts.append(base.attr)
            base = base.value
            inner.add(id(base))
        if not isinstance(base, ast.Name) or base.id in own:
            continue
        tail = "".join(f".{part}" for part in reversed(parts))
        yield origins.get(base.id, f"builtins.{base.id}") + tail
        yield from (f"{star}.{base.id}{tail}" for star in stars if base.id not in origins)


def _of_name(dotted: str) -> Why | None:
    if dotted.startswith("builtins."):
        return _BUILTINS.get(dotted.split(".")[1])
    parts = dotted.split(".")
    starts = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((_PREFIXES[start] for start in starts if start in _PREFIXES), None)
