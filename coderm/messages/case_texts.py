"""A case as one text and back: what stands for a test where tests are texts, such as the columns of a pass matrix."""

import json

from coderm.messages.cases import Case


def case_text(case: Case) -> str:
    """Return the JSON text of a case; equal cases have equal texts."""
    return json.dumps({"input": case.input, "output": case.expected})


def case_of(text: str) -> Case | None:
    """Return the case of a text, None for a text that holds none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    given, wanted = value.get("input"), value.get("output")
    return Case(given, wanted) if isinstance(given, str) and isinstance(wanted, str) else None
