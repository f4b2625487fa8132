"""Reads JSON bodies by the contract; what does not fit is refused with the place and the reason."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from coderm.client.contract import (
    Call,
    CaseSuite,
    CaseText,
    ProblemText,
    ProgramText,
    ScoreCall,
    ScoreItem,
    UnitTestSuite,
    WriterCall,
    WriterItem,
    WrittenText,
)
from coderm.config.mistakes import mistakes_of, told
from coderm.messages.scoring import Suite, UnitTests
from coderm.service.ports import Refused

T = TypeVar("T")

_call: TypeAdapter[ScoreCall] = TypeAdapter(ScoreCall)
_writer_call: TypeAdapter[WriterCall] = TypeAdapter(WriterCall)
_problem: TypeAdapter[ProblemText] = TypeAdapter(ProblemText)
_problems: TypeAdapter[tuple[ProblemText, ...]] = TypeAdapter(tuple[ProblemText, ...])


def read_call(body: bytes) -> ScoreCall:
    """Read the body of `POST /v1/score`. Raises Refused: 400 for what is no JSON, 422 for what is no call."""
    call = _read(_call, body)
    check_call(call)
    return call


def read_writer_call(body: bytes) -> WriterCall:
    """Read the body of `POST /v1/score_tests`. Raises Refused: 400 for what is no JSON, 422 for what is no call."""
    call = _read(_writer_call, body)
    check_call(call)
    return call


def check_call(call: Call) -> None:
    """Raise Refused (422) for what a call's model alone does not rule out."""
    items: Sequence[ScoreItem | WriterItem] = call.items
    for i, item in enumerate(items):
        _check_programs(i, item.programs)
        if isinstance(item, WriterItem):
            _check_writer_item(i, item)


def _check_programs(i: int, programs: Sequence[ProgramText]) -> None:
    for j, program in enumerate(programs):
        if (program.code is None) == (program.output is None):
            raise Refused(f"items.{i}.programs.{j}: give either code or output", "invalid", 422)


def _check_writer_item(i: int, item: WriterItem) -> None:
    if item.labels is not None and len(item.labels) != len(item.programs):
        told = f"items.{i}.labels: {len(item.labels)} labels of {len(item.programs)} programs; give one each"
        raise Refused(told, "invalid", 422)
    if item.mutants and not item.reference:
        raise Refused(f"items.{i}.mutants: they are made of the reference; give one", "invalid", 422)
    own = "code" if item.kind == "unittest" else "case"
    for j, test in enumerate(item.tests):
        given = [name for name in WrittenText.model_fields if getattr(test, name) is not None]
        if given not in ([own], ["output"]):
            raise Refused(f"items.{i}.tests.{j}: give either {own} or output, as kind = {item.kind!r} asks", "invalid", 422)


def read_problems(body: bytes) -> Sequence[ProblemText]:
    """Read the body of `POST /v1/problems`: one problem or a list. Raises Refused."""
    if body.lstrip()[:1] == b"[":
        return _read(_problems, body)
    return (_read(_problem, body),)


def _read(adapter: TypeAdapter[T], body: bytes) -> T:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        first = mistakes_of(error)[0]
        if first["type"] == "json_invalid":
            raise Refused(f"the body is no JSON: {first['msg']}", "bad_json", 400) from None
        raise Refused(f"{told(error, 'the body')}; /docs has the shape", "invalid", 422) from None


def suite_text(suite: Suite) -> UnitTestSuite | CaseSuite:
    """Write tests by the contract."""
    if isinstance(suite, UnitTests):
        return UnitTestSuite(tests=suite.tests)
    how = suite.comparison
    return CaseSuite(
        cases=tuple(CaseText(input=case.input, output=case.expected) for case in suite.cases),
        compare=how.name,
        rtol=how.rtol,
        atol=how.atol,
        checker=how.checker,
        nonzero_exit=suite.nonzero_exit,
    )
