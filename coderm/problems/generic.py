"""The generic problem format: one JSON object per line, the way to bring problems of one's own.

| field | type | meaning |
|---|---|---|
| task_id | text or whole number | unique in the file; required |
| question | text | what a person would read; the prompt when absent |
| prompt | text | Python stub to complete (imports, signature, docstring); one of question and prompt is required |
| entry_point | text | the function asked for |
| reference | text | a complete correct program |
| checks | list of text | hidden tests, each either a complete unittest module or assert lines that become one |
| test | text | one more of them, also as HumanEval writes it: `check(candidate)`, called with the entry point |
| examples | list of text | tests the question itself shows, in the same two forms |
| cases | list of {input, output} | hidden cases of a program that reads stdin and writes stdout, in place of checks |
| example_cases | list of {input, output} | cases the question itself shows |
| compare, rtol, atol, checker | | how outputs are compared, as `docs/stdin.md` says; `tokens` when absent |
| nonzero_exit | `fails` or `allowed` | whether another exit status than 0 is wrong by itself |
| source | text | a label carried along |
| judge_cpu_s | number | CPU limit of one check, seconds |

Other fields are ignored, unless one looks like a field that decides verdicts and that is absent: then it is an error that names
both. A file without checks can be solved but not scored.
"""

import difflib

from coderm.errors import DataError
from coderm.messages.problem import Problem
from coderm.problems.own_cases import case_list, own_cases
from coderm.problems.unittest_text import as_module
from coderm.storage.jsonl import Row, identifier, optional, strings

_DECIDING = ("task_id", "question", "prompt", "entry_point", "checks", "examples")
_OTHER_NAMES = {
    **dict.fromkeys(("tests", "test_list", "unit_tests", "hidden_tests", "private_tests", "test_cases", "assertions"), "checks"),
    **dict.fromkeys(("public_tests", "visible_tests", "sample_tests"), "examples"),
    **dict.fromkeys(("function_name", "func_name", "fn_name", "function"), "entry_point"),
    **dict.fromkeys(("problem", "description", "instruction", "text", "problem_statement"), "question"),
    "complete_prompt": "prompt",
    **dict.fromkeys(("id", "name", "problem_id", "question_id"), "task_id"),
}
"""What other tools call the fields that decide verdicts."""
_INSTEAD = {"question": frozenset({"prompt"}), "checks": frozenset({"test", "cases"})}
"""What may stand in place of a deciding field."""
_STANDARD_INPUT = ("input_output", "public_tests", "private_tests", "generated_tests")
"""Fields of APPS, TACO and CodeContests: cases of programs that read standard input, as one object or its JSON text."""


def problem_from_row(row: Row, where: str) -> Problem:
    """Turn one row of the generic format into a Problem; `where` starts the message of every DataError."""
    _check_names(row, where)
    task_id = identifier(row, "task_id", where)
    entry = optional(row, "entry_point", str, where, "")
    prompt = optional(row, "prompt", str, where, "")
    question = optional(row, "question", str, where, "") or prompt
    if not question:
        raise DataError(f"{where}: neither 'question' nor 'prompt' is given; add the text of the problem")
    limit = row.get("judge_cpu_s")
    checks = _modules(strings(row, "checks", where) + _test(row, where), entry, where)
    cases = own_cases(row, where)
    if cases is not None and checks:
        raise DataError(f"{where}: both 'checks' and 'cases' are given; a program is called or reads stdin: take one out")
    return Problem(
        task_id=task_id,
        question=question,
        entry_point=entry,
        prompt=prompt,
        reference=optional(row, "reference", str, where, ""),
        checks=checks,
        examples=_modules(strings(row, "examples", where), entry, where),
        source=optional(row, "source", str, where, "jsonl"),
        judge_cpu_s=None if limit is None else _seconds(limit, where),
        cases=cases,
        example_cases=case_list(row, "example_cases", where),
    )


def _seconds(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise DataError(f"{where}: field 'judge_cpu_s' must be a positive number, not {value!r}; correct the row")
    return float(value)


def _test(row: Row, where: str) -> tuple[str, ...]:
    return (text,) if (text := optional(row, "test", str, where, "")).strip() else ()


def _modules(texts: tuple[str, ...], entry: str, where: str) -> tuple[str, ...]:
    return tuple(as_module(text, where, entry) for text in texts)


def _check_names(row: Row, where: str) -> None:
    """Raise DataError for a field that must be meant as one that is absent."""
    for name in _STANDARD_INPUT:
        if isinstance(row.get(name), dict) or (name == "input_output" and name in row and not {"checks", "test"} & row.keys()):
            raise DataError(
                f"{where}: field {name!r} holds cases of programs that read standard input as contest data sets have them; "
                "set problems.source to its reader (apps, taco, code_contests), or write 'cases'"
            )
    for name in row:
        meant = _OTHER_NAMES.get(name) or _near(name)
        alone = meant not in row and not _INSTEAD.get(meant, frozenset()) & row.keys()
        if meant and name != "test" and alone:
            raise DataError(f"{where}: field {name!r} is not read and {meant!r} is absent; rename it {meant!r} or take it out")


def _near(name: str) -> str:
    """Return the deciding field that a name is a slip of: `entryPoint`, `promt`, `check`; empty for none."""
    plain = name.lower().replace("-", "_")
    near = difflib.get_close_matches(plain, _DECIDING, n=1, cutoff=0.85)
    return near[0] if near and name not in _DECIDING else ""
