"""HumanEval and HumanEval+.

Two row formats: the original one, whose `test` defines `check(candidate)` (also used by both data sets on the hub), and EvalPlus's
own with recorded inputs. The program judged is complete: prompt and completion. Examples are those that the prompt shows. Task ids
stay as they are (`HumanEval/0`).
"""

import ast

from coderm.messages.problem import Problem
from coderm.problems.evalplus import entry_name, evalplus_checks, inputs_of, is_evalplus
from coderm.problems.unittest_text import module_text
from coderm.problems.visible_examples import shown_examples
from coderm.storage.jsonl import Row, identifier, require

_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

JUDGE_CPU_S = 3.0
"""Seconds of CPU per check: the limit of HumanEval's own harness."""


def problem_from_row(row: Row, where: str) -> Problem:
    """Turn one row of either format into a Problem."""
    prompt = require(row, "prompt", str, where)
    entry = entry_name(row, where)
    known = "canonical_solution" in row or is_evalplus(row)  # own problems in this form may come without a solution
    reference = prompt + require(row, "canonical_solution", str, where) if known else ""
    if is_evalplus(row):
        checks, source = evalplus_checks(entry, reference, *inputs_of(row, where)), "humaneval+"
    else:
        test = require(row, "test", str, where)
        checks, source = (_check(test, prompt, entry),), "humaneval"
    return Problem(
        task_id=identifier(row, "task_id", where),
        question=prompt,
        entry_point=entry,
        prompt=prompt,
        reference=reference,
        checks=checks,
        examples=tuple(map(module_text, shown_examples(prompt, entry))),
        source=source,
        judge_cpu_s=JUDGE_CPU_S,
    )


def _check(test: str, prompt: str, entry: str) -> str:
    """Return the module of a test.

    Helpers of the prompt that it uses stand inside the test's method, so that a program's own under their names stay as they are.
    """
    call, helpers = f"check({entry})", _helpers(prompt, entry)
    names = {node.name for node in helpers if isinstance(node, _NAMED)}
    if not names & {node.id for node in ast.walk(_parse(test)) if isinstance(node, ast.Name)}:
        return module_text(call, test)
    return module_text("\n\n".join((ast.unparse(ast.Module(helpers, [])), test, call)))


def _helpers(prompt: str, entry: str) -> list[ast.stmt]:
    """Return what the prompt has beside the entry point, whose body it may lack."""
    stub = _parse(prompt) if _parse(prompt).body else _parse(f"{prompt.rstrip()}\n    pass\n")
    return [node for node in stub.body if not (isinstance(node, _NAMED) and node.name == entry)]


def _parse(text: str) -> ast.Module:
    """Parse a module; an empty one stands for what is no Python."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])
