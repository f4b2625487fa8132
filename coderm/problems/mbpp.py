"""MBPP and MBPP+.

Three row formats: the original one (`text` or, sanitised, `prompt`; `code`, `test_list`), the hub's MBPP+ (the same with a `test`
script) and EvalPlus's own with recorded inputs. Task ids are `Mbpp/<number>` in all of them. The first assert of the original
test list belongs to the question, since nothing else tells the function's name and the form of its arguments.
"""

import ast

from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.problems.evalplus import entry_name, evalplus_checks, inputs_of, is_evalplus
from coderm.problems.mbpp_inputs import restore_inputs
from coderm.problems.unittest_text import module_text
from coderm.storage.jsonl import Row, optional, require, strings


def problem_from_row(row: Row, where: str) -> Problem:
    """Turn one row of any of the formats into a Problem."""
    return _evalplus(row, where) if is_evalplus(row) else _original(row, where)


def _evalplus(row: Row, where: str) -> Problem:
    number = _number(row, where)
    entry = entry_name(row, where)
    reference = require(row, "canonical_solution", str, where).strip("\n") + "\n"
    base, plus, atol = inputs_of(row, where)
    try:
        base, plus = restore_inputs(number, base), restore_inputs(number, plus)
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise DataError(
            f"{where}: the inputs do not have the form MBPP+ has for task {number} ({error}); correct the row"
        ) from None
    return Problem(
        task_id=f"Mbpp/{number}",
        question=require(row, "prompt", str, where).strip().strip('"').strip(),
        entry_point=entry,
        reference=reference,
        checks=evalplus_checks(entry, reference, base, plus, atol),
        source="mbpp+",
    )


def _original(row: Row, where: str) -> Problem:
    text = optional(row, "text", str, where, "") or require(row, "prompt", str, where)
    code = require(row, "code", str, where).replace("\r\n", "\n").replace("\t", "    ").strip("\n") + "\n"
    tests = strings(row, "test_list", where) + strings(row, "challenge_test_list", where)
    if not tests:
        raise DataError(f"{where}: field 'test_list' is missing or empty; add it or choose the reader that fits this file")
    setup = "\n".join((optional(row, "test_setup_code", str, where, ""), *strings(row, "test_imports", where)))
    script = optional(row, "test", str, where, "")
    entry = _entry_point(code, tests, script, where)
    return Problem(
        task_id=f"Mbpp/{_number(row, where)}",
        question=f"{text.strip()}\nThe function must pass this test:\n{tests[0]}",
        entry_point=entry,
        reference=code,
        checks=(*(module_text(test, setup) for test in tests), *((module_text(script),) if script else ())),
        examples=(module_text(tests[0], setup),),
        source="mbpp+" if script else "mbpp",
    )


def _number(row: Row, where: str) -> int:
    """Read 2, "2" or "Mbpp/2"."""
    value = row.get("task_id")
    text = str(value).rpartition("/")[2]
    if isinstance(value, bool) or not isinstance(value, int | str) or not text.isdecimal():
        raise DataError(f"{where}: field 'task_id' must be a number or Mbpp/<number>, not {value!r}; correct the row")
    return int(text)


def _entry_point(code: str, tests: tuple[str, ...], script: str, where: str) -> str:
    """Return the function of the solution that the tests call, or its last one when they call none by name."""
    try:
        defined = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        ast.parse(script)
        used = {node.id for test in tests for node in ast.walk(ast.parse(test)) if isinstance(node, ast.Name)}
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DataError(f"{where}: field 'code' or a test is not valid Python ({error}); correct the row") from None
    return next((name for name in reversed(defined) if name in used), defined[-1] if defined else "")
