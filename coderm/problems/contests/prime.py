"""PRIME's Eurus-2: {data_source, prompt, ability, reward_model: {ground_truth}, extra_info}; rows that are not code are left out.

`ground_truth` is the JSON text of {"inputs", "outputs"} and, for functions, "fn_name"; then inputs are text, one JSON value a line.
"""

from typing import Any

from coderm.messages.problem import Problem
from coderm.problems.contests.record import contest_problem, record_reader, row_id, text_of
from coderm.problems.contests.shapes import read_tests
from coderm.problems.faults import FaultyRecord, RecordFault
from coderm.storage.jsonl import Row


@record_reader
def problem_from_row(row: Row, where: str) -> Problem | None:
    """Turn one row into a Problem; None for one that is not about code."""
    if text_of(row, "ability") not in ("", "code"):
        return None
    model, info = row.get("reward_model"), row.get("extra_info")
    if not isinstance(model, dict):
        raise FaultyRecord(RecordFault.NO_TESTS, "no reward_model")
    return contest_problem(
        row_id(_named(row, info), ("id",), where, "PRIME"),
        _question(row.get("prompt")),
        read_tests(model.get("ground_truth")),
        "prime",
    )


def _named(row: Row, info: Any) -> Row:
    """Return the row's id of set, split and place, where it has them."""
    if not isinstance(info, dict) or not isinstance(info.get("index"), int | str):
        return {}
    parts = (row.get("data_source"), info.get("split"), info["index"])
    return {"id": "/".join(str(part) for part in parts if part is not None)}


def _question(prompt: Any) -> str:
    """Return what the last turn of the user says, or the text of the prompt."""
    if isinstance(prompt, str):
        return prompt
    turns = [turn for turn in prompt if isinstance(turn, dict) and turn.get("role") == "user"] if isinstance(prompt, list) else []
    return text_of(turns[-1], "content") if turns else ""
