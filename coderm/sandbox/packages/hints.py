"""Adds to the reason why a pair did not pass what the user can type: a package that is absent, a newer Python's syntax.

Reads texts only; whatever a program says in an exception is shown and decides nothing.
"""

import ast
import re
import sys
import warnings
from dataclasses import replace

from coderm.config.import_names import distribution_of
from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, BlockResult

_ABSENT = re.compile(r"No module named '([A-Za-z_]\w*)[\w.]*'")
_PROGRAM_IS_BAD = re.compile(r"does not compile: SyntaxError: (.*)")
_OWN = frozenset(sys.stdlib_module_names) | {"solution"}
_NAME = r"[^\W\d]\w*"
_NEWER: tuple[tuple[tuple[int, int], str, re.Pattern[str]], ...] = (
    ((3, 14), "a template string", re.compile(r"(?<![\w'\"])(?:t|tr|rt)(?:'[^'\n]*'|\"[^\"\n]*\")", re.IGNORECASE)),
    ((3, 12), "a type statement", re.compile(rf"^[ \t]*type[ \t]+{_NAME}[ \t]*(?:\[.*\][ \t]*)?=(?!=)", re.MULTILINE)),
    ((3, 12), "type parameters", re.compile(rf"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+{_NAME}[ \t]*\[", re.MULTILINE)),
    (
        (3, 12),
        "an f-string with its own quotes inside",
        re.compile(r"\b[rR]?[fF][rR]?(['\"])[^'\"{}\n]*\{[^{}\n'\"]*\1[^{}\n]*\1[^{}\n]*\}"),
    ),
)
_BACKSLASH = "f-string expression part cannot include"
"""What Python up to 3.11 says of backslashes and comments in an f-string, which 3.12 reads."""
_MISSING = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'|module '([\w.]+)' has no attribute '(\w+)'")
_SINCE = {
    (
        3,
        12,
    ): "itertools.batched typing.override typing.TypeAliasType math.sumprod calendar.Month calendar.Day collections.abc.Buffer",
    (3, 13): "copy.replace warnings.deprecated typing.TypeIs typing.ReadOnly typing.NoDefault queue.ShutDown math.fma",
    (3, 14): "heapq.heappush_max heapq.heappop_max heapq.heapify_max functools.Placeholder",
}
_ADDED = {name: version for version, names in _SINCE.items() for name in names.split()}
"""The Python since which a name of the library is there: those that programs use."""


def with_hints(result: BlockResult, block: Block | CaseBlock, python: str) -> BlockResult:
    """The result with a hint in every detail that has one."""
    details = {(i, j): hint(text, block.programs[i], python) for (i, j), text in result.details.items()}
    return replace(result, details=details) if details else result


def hint(detail: str, program: str, python: str) -> str:
    """The detail of a pair with what to do about it; `python` is the version that judged, as 3.11.2."""
    if bad := _PROGRAM_IS_BAD.search(detail):
        running = _version(python)
        needed, feature = newer_syntax(program, bad[1], running)
        if needed > running:
            return f"{detail}; it has {feature} of Python {_dotted(needed)} and this is {python}: choose sandbox.python"
        return detail
    if missing := _MISSING.search(detail):
        name = f"{missing[2]}.{missing[1]}" if missing[1] else f"{missing[3]}.{missing[4]}"
        needed = _ADDED.get(name, (0, 0))
        if needed > _version(python):
            return f"{detail}; {name} is there from Python {_dotted(needed)} and this is {python}: choose sandbox.python"
    absent = _ABSENT.search(detail)
    if absent is None or absent[1] in _OWN:
        return detail
    known = distribution_of(absent[1])
    name, proviso = (known, "") if known else (absent[1], ", if you know and trust a package of that name,")
    remedy = f': it is not in the sandbox; add it{proviso} with sandbox.packages = ["{name}"]'
    return detail[: absent.end()] + remedy + detail[absent.end() :]


def newer_syntax(program: str, message: str, running: tuple[int, int]) -> tuple[tuple[int, int], str]:
    """Return the Python that a program which does not compile is written for, and by what; `running` and "" where none shows."""
    if running < (3, 12) and _BACKSLASH in message:
        return (3, 12), "an f-string with a backslash or comment inside"
    for needed, feature, pattern in _NEWER:
        if needed > running and pattern.search(program):
            return needed, feature
    if sys.version_info[:2] > running and _parses(program):
        return sys.version_info[:2], "syntax"
    return running, ""


def _parses(program: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(program)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _version(text: str) -> tuple[int, int]:
    major, minor, *_ = text.split(".")
    return int(major), int(minor)


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
