"""Runs a program in a fork as an interpreter of its own would: its streams, `__main__`, its exit status, its end.

The fork saves the start of an interpreter; nothing else of it may show.
"""

import atexit
import builtins
import gc
import io
import marshal
import os
import resource
import sys
import threading
import types
from types import CodeType
from typing import Any, NoReturn

from ..confinement.forks import MEMORY_EXIT
from ..confinement.limits import STACK
from ..constants import PROGRAM_FILE

ERROR_EXIT = 222
"""Exit status of a process whose program raised; apart from 1, which programs end with by themselves."""
FLUSH_EXIT = 120
"""What the interpreter exits with when the last output cannot be written."""
SCRIPT = "solution.py"
FRAMES = 32
"""More than lie below a program in a fork."""
ROUNDS = 24
"""CPython 3.11 specialises a function after 8 calls and settles within a few more."""
REHEARSED = "import sys\n\ndef main():\n    for line in sys.stdin:\n        pass\n    print(1)\n\nmain()\n"
LATE_WRITERS = frozenset(("open", "fdopen", "FileIO", "TextIOWrapper", "BufferedWriter", "__del__", "finalize"))
"""Names without which no object writes when it goes, so that those in cycles may stay."""

_ready: list[tuple[io.TextIOWrapper, ...]] = []
"""The streams that forks inherit, opened by the server."""


def run_as_main(code: CodeType, argv: list[str]) -> NoReturn:
    """Run a program on descriptors 0 to 2 and end this process as the interpreter ends."""
    names = _new_main()
    _use_streams(_ready[0] if _ready else _open_streams())
    sys.argv = [SCRIPT, *argv]
    sys.path.insert(0, os.getcwd())
    _give_room()
    try:
        status = _finish(_execute(code, names), names, cycles=mentions(code, LATE_WRITERS))
    except MemoryError:
        status = MEMORY_EXIT
    except BaseException:  # noqa: BLE001 - the end of a fork: nothing may return into the server's code
        status = ERROR_EXIT
    os._exit(status)


def exit_status(code: object) -> int:
    """Return the status that an argument of sys.exit ends a process with; a text is printed."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def mentions(code: CodeType, wanted: frozenset[str]) -> bool:
    """Whether a text uses or binds one of these names anywhere."""
    inner = (part for part in code.co_consts if isinstance(part, CodeType))
    return not wanted.isdisjoint(code.co_names) or any(mentions(part, wanted) for part in inner)


def rehearse() -> None:
    """Take the way of a pair a few times in the server, on /dev/null: forks inherit specialised bytecode, and streams."""
    kept = sys.stdin, sys.__stdin__, sys.stdout, sys.__stdout__, sys.stderr, sys.__stderr__, sys.modules["__main__"]
    code = compile(REHEARSED, PROGRAM_FILE, "exec")
    for _ in range(ROUNDS):
        names = _new_main()
        _use_streams(_open_streams())
        _execute(marshal.loads(marshal.dumps(code)), names)
        _flush()
        _clear(names)
    sys.stdin, sys.__stdin__, sys.stdout, sys.__stdout__, sys.stderr, sys.__stderr__, sys.modules["__main__"] = kept  # type: ignore[misc]
    _ready.append(_open_streams())


def _execute(code: CodeType, names: dict[str, Any]) -> int:
    try:
        exec(code, names)
    except SystemExit as end:
        return exit_status(end.code)
    except MemoryError:
        return MEMORY_EXIT
    except BaseException as error:  # noqa: BLE001 - whatever a program raises
        trace = error.__traceback__.tb_next if error.__traceback__ else None  # without the frame of this function
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        return ERROR_EXIT
    return 0


def _finish(status: int, names: dict[str, Any], *, cycles: bool) -> int:
    """Do what the interpreter does at its end: threads, exit functions, output, the objects of `__main__`, also those in cycles."""
    if threading.active_count() > 1 or threading._threading_atexits:  # type: ignore[attr-defined]
        threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    flushed = _flush()
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    _clear(names)
    if cycles:
        gc.collect()
    return status if _flush() and flushed else status or FLUSH_EXIT


def _clear(names: dict[str, Any]) -> None:
    """Let go of what a module holds, in the interpreter's order: names with one underscore, then all but the builtins."""
    for name in sorted(names, key=lambda name: name[:1] != "_" or name[:2] == "__"):
        if name != "__builtins__":
            names[name] = None


def _flush() -> bool:
    """Write what is left in the streams; whether all of the output could be."""
    whole = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not getattr(stream, "closed", False):
                stream.flush()
        except Exception:  # noqa: BLE001 - a stream of the program's own making may raise anything
            whole = stream is not sys.stdout and whole
    return whole


def _new_main() -> dict[str, Any]:
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    names = vars(main)
    names.update(__builtins__=builtins, __file__=os.path.join(os.getcwd(), SCRIPT), __cached__=None)
    return names


def _open_streams() -> tuple[io.TextIOWrapper, ...]:
    """Open the three streams as an interpreter opens those that are no terminal: of numbers, whatever files those get."""
    errors = _stream(2, "w", "<stderr>", errors="backslashreplace", line_buffering=True)
    return _stream(0, "r", "<stdin>"), _stream(1, "w", "<stdout>"), errors


def _use_streams(streams: tuple[io.TextIOWrapper, ...]) -> None:
    sys.stdin, sys.stdout, sys.stderr = streams
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = streams  # type: ignore[misc]


def _stream(fd: int, mode: str, name: str, *, errors: str = "surrogateescape", line_buffering: bool = False) -> io.TextIOWrapper:
    buffer: Any = open(fd, f"{mode}b", closefd=False)  # noqa: SIM115 - lives as long as the process
    buffer.raw.name = name
    stream = io.TextIOWrapper(buffer, "utf-8", errors, None if mode == "r" else "\n", line_buffering)
    stream.mode = mode  # type: ignore[misc]
    return stream


def _give_room() -> None:
    """Let the program recurse as deep as in an interpreter of its own, where no frames lie below it, on a stack that holds it."""
    sys.setrecursionlimit(sys.getrecursionlimit() + FRAMES)
    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    resource.setrlimit(resource.RLIMIT_STACK, (STACK if hard == resource.RLIM_INFINITY else min(STACK, hard), hard))
