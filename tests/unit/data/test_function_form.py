"""Function form: what the source's own cases prove, and what an answer has to be."""

import pytest

from coderm.data.conversion import Conversion, read_conversion, script
from coderm.data.records import Record, Rejected, Why
from coderm.data.stages.function_form import FunctionForm
from coderm.messages.cases import Case
from coderm.messages.execution import Outcome
from coderm.messages.scoring import Cases, ProgramVerdict, ScoreRequest, UnitTests

from .world import a_record, a_test, drive, fenced, judged, settings, texts

GOOD = """\
from math import ceil


def boxes(pens: int, size: int) -> int:
    return half(pens, size)


def half(a, b):
    return ceil(a / b)


def read_input(text):
    pens, size = map(int, text.split())
    return pens, size


def write_output(result):
    return str(result)
"""
CASES = Cases((Case("10 3\n", "4\n"), Case("9 3\n", "3\n")))
SCRIPT = "n, k = map(int, input().split())\nprint(-(-n // k))\n"
PASSED, FAILED = (
    (ProgramVerdict((Outcome.PASSED,) * 2, (0.1, 0.1)),),
    (ProgramVerdict((Outcome.PASSED, Outcome.FAILED), (0.1, 0.1)),),
)


def of_stdin(**fields) -> Record:
    record = a_record(SCRIPT, "How many boxes?", "", cases=CASES, **fields)
    return Record(record.position, record.origin, record.problem, CASES)


def test_an_answer_is_parted_into_function_and_adapters():
    found = read_conversion(f"Here it is:\n{fenced(GOOD)}")
    assert isinstance(found, Conversion)
    assert found.name == "boxes"
    assert found.signature == "def boxes(pens: int, size: int) -> int:"
    assert "def half" in found.reference
    assert "read_input" not in found.reference
    assert "def boxes" not in found.adapter
    assert compile(script(found.reference, found.name, found.adapter), "script", "exec")


FAULTS = [
    ("No code.", "no code block"),
    (fenced(GOOD.replace("def read_input", "def reader")), "no code block"),
    (fenced(GOOD.replace("return half(pens, size)", "print(half(pens, size))")), "prints"),
    (fenced(GOOD.replace("return half(pens, size)", "return int(input())")), "uses input"),
    (fenced(GOOD.replace("(pens: int, size: int)", "()")), "no parameter"),
    (fenced(GOOD.replace("return half(pens, size)", "half(pens, size)")), "nothing is returned"),
    (fenced(GOOD.replace("return str(result)", "return str(half(result, 1))")), "uses half"),
    (fenced(GOOD[GOOD.index("def read_input") :]), "no function"),
]


@pytest.mark.parametrize(("answer", "why"), FAULTS)
def test_a_faulty_answer_is_named(answer, why):
    found = read_conversion(answer)
    assert isinstance(found, str)
    assert why in found


def test_a_conversion_is_proved_on_the_original_cases():
    found, asked = drive(FunctionForm(settings())(of_stdin()), PASSED, texts(fenced(GOOD)), judged, PASSED)
    assert isinstance(found, Record)
    assert (found.problem.entry_point, found.problem.cases, found.labels) == ("boxes", None, CASES)
    assert "def boxes(pens: int, size: int) -> int:" in found.problem.question
    own, _, raw, proof = asked
    assert own.suite is proof.suite is CASES
    assert own.programs == (SCRIPT,)
    assert isinstance(raw.suite, UnitTests)
    assert "boxes(*read_input(sys.stdin.read()))" in proof.programs[0]


def test_a_conversion_that_fails_a_case_is_a_reject():
    found, _ = drive(FunctionForm(settings(form={"tries": 1}))(of_stdin()), PASSED, texts(fenced(GOOD)), judged, FAILED)
    assert found == Rejected(Why.CONVERSION_FAILS, "case 1 of 2: failed")


def test_a_second_try_may_be_better():
    answers = PASSED, texts("nothing"), texts(fenced(GOOD)), judged, PASSED
    found, asked = drive(FunctionForm(settings())(of_stdin()), *answers)
    assert isinstance(found, Record)
    assert [ask.request.offset for ask in asked if not isinstance(ask, ScoreRequest)] == [0, 1]


def test_arguments_that_are_the_text_itself_are_no_conversion():
    raw = GOOD.replace("pens, size = map(int, text.split())\n    return pens, size", "return (text,)")
    found, _ = drive(FunctionForm(settings(form={"tries": 1}))(of_stdin()), PASSED, texts(fenced(raw)), judged)
    assert found == Rejected(Why.BAD_REWRITE, "the arguments are the text of the input, or none")


def test_a_program_that_fails_its_own_cases_ends_before_a_model_is_asked():
    found, asked = drive(FunctionForm(settings())(of_stdin()), FAILED)
    assert found == Rejected(Why.REFERENCE_FAILS, "case 1 of 2: failed")
    assert len(asked) == 1
    checked = Record(0, "p", a_record().problem, UnitTests((a_test("f(1)", "3"),)))
    found, _ = drive(FunctionForm(settings())(checked), judged)
    assert found == Rejected(Why.REFERENCE_FAILS, "case 0 of 1: failed")


def test_the_function_of_an_answer_is_the_one_that_no_other_calls():
    program = "def helper(x):\n    return x\n\ndef f(x: int) -> int:\n    return helper(x)\n"
    record = a_record(program, "How do I do it?", "", source="code_feedback")
    found, _ = drive(FunctionForm(settings())(record), texts("<question>Write `f`, which returns x.</question>"))
    assert isinstance(found, Record)
    assert found.problem.entry_point == "f"
    assert found.problem.question.startswith(
        "Write `f`, which returns x.\n\nWrite the function\n\n```python\ndef f(x: int) -> int:"
    )
    found, _ = drive(FunctionForm(settings())(record), texts("Write it."), texts("<question>Write it.</question>"))
    assert found == Rejected(Why.BAD_REWRITE, "no question that names the function")
    found, asked = drive(FunctionForm(settings(form={"rewrite_questions": False}))(record))
    assert isinstance(found, Record)
    assert (found.problem.question.startswith("How do I do it?"), asked) == (True, [])
    found, _ = drive(FunctionForm(settings())(a_record("x = 1\n", entry="")))
    assert found == Rejected(Why.NO_FUNCTION)
