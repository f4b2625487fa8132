"""The generic problem format: one JSON object per line, the way to bring problems of one's own.

| field | type | meaning |
|---|---|---|
| task_id | text | unique in the file; required |
| question | text | what a person would read; the prompt when absent |
| prompt | text | Python stub to complete (imports, signature, docstring); one of question and prompt is required |
| entry_point | text | the function asked for |
| reference | text | a complete correct program |
| checks | list of text | hidden tests, each either a complete unittest module or assert lines that become one |
| examples | list of text | tests the question itself shows, in the same two forms |
| difficulty, source | text | labels carried along |
| judge_cpu_s | number | CPU limit of one check, seconds |

Unknown fields are ignored. A file without checks can be solved but not scored.
"""

from collections.abc import Iterator
from pathlib import Path

from coderm.errors import DataError
from coderm.jsonl import Row, optional, require, strings
from coderm.messages import Problem
from coderm.problems.modules import as_module
from coderm.problems.rows import problems_from_file


def read_problem_jsonl(path: Path) -> Iterator[Problem]:
    """Yield the problems of a generic JSONL file; raises DataError naming file:line."""
    return problems_from_file(path, problem_from_row)


def problem_from_row(row: Row, where: str) -> Problem:
    """Turn one row of the generic format into a Problem; `where` starts the message of every DataError."""
    task_id = require(row, "task_id", str, where)
    prompt = optional(row, "prompt", str, where, "")
    question = optional(row, "question", str, where, "") or prompt
    if not question:
        raise DataError(f"{where}: neither 'question' nor 'prompt' is given; add the text of the problem")
    limit = row.get("judge_cpu_s")
    return Problem(
        task_id=task_id,
        question=question,
        entry_point=optional(row, "entry_point", str, where, ""),
        prompt=prompt,
        reference=optional(row, "reference", str, where, ""),
        checks=tuple(as_module(text, where) for text in strings(row, "checks", where)),
        examples=tuple(as_module(text, where) for text in strings(row, "examples", where)),
        source=optional(row, "source", str, where, "jsonl"),
        difficulty=optional(row, "difficulty", str, where, ""),
        judge_cpu_s=None if limit is None else _seconds(limit, where),
    )


def _seconds(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise DataError(f"{where}: field 'judge_cpu_s' must be a positive number, not {value!r}; correct the row")
    return float(value)
