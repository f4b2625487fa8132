"""CodeFeedback-Filtered-Instruction: rows of {query, answer, resource, lang}, an answer being prose around code.

`reference` keeps the answer as it is. Who wants the program reads it out of the answer. Rows in another language are left out.
"""

from coderm.messages.problem import Problem
from coderm.storage.jsonl import Row, optional, require


def problem_from_row(row: Row, where: str) -> Problem | None:
    """Turn one row into a Problem; None for one in another language. Its id is its place in the file, unless it has one."""
    if optional(row, "lang", str, where, "python").lower() not in ("python", "python3", ""):
        return None
    number = row.get("id", where.rpartition(":")[2])
    return Problem(
        task_id=f"CodeFeedback/{number}",
        question=require(row, "query", str, where).strip(),
        reference=require(row, "answer", str, where),
        source="code_feedback",
    )
