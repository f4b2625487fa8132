"""Takes the program out of an answer: what follows sees code, not prose around code."""

from dataclasses import replace

from coderm.data.records import Record, Rejected, Why
from coderm.extract import Rejection, extract_program
from coderm.extract.rejection import Reason
from coderm.extract.syntax.parsing import BadSyntax, parse

_WITHOUT_CODE = frozenset({Reason.EMPTY, Reason.NO_CODE})


def cut(record: Record) -> Record | Rejected:
    """Return the record with a program as its reference."""
    text = record.problem.reference
    if not text.strip():
        return Rejected(Why.NO_CODE)
    if record.problem.source != "code_feedback" and not isinstance(parse(text), BadSyntax):
        return record
    found = extract_program(text, record.problem)
    if isinstance(found, Rejection):
        return Rejected(Why.NO_CODE if found.reason in _WITHOUT_CODE else Why.NOT_PYTHON, f"{found.reason}: {found.detail}")
    return replace(record, problem=replace(record.problem, reference=found.code))
