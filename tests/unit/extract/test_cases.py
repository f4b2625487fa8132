"""Input and output cases out of answers: what is taken, and why the rest is not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderm.extract import CaseFault, extract_cases
from coderm.extract.cases.answer import MAX_CASES
from coderm.extract.syntax.parsing import MAX_CHARS
from coderm.messages.cases import Case, Comparison
from coderm.messages.problem import Problem
from coderm.messages.scoring import Cases

SUM = Case("1 2\n", "3\n")
PROBLEM = Problem("sum", "Add.", cases=Cases((SUM,)), example_cases=(SUM,))


def block(given: str, wanted: str) -> str:
    return f"<case>\n<input>\n{given}\n</input>\n<output>\n{wanted}\n</output>\n</case>\n"


def read(text: str) -> tuple[list[tuple[str, str]], dict[CaseFault, int]]:
    found = extract_cases(text, PROBLEM)
    return [(case.input, case.expected) for case in found.cases], dict(found.rejected)


@pytest.mark.parametrize(
    "text",
    [
        block("5 6", "11"),
        "Here is one:\n\n" + block("5 6", "11") + "It adds.",
        "<think>\n" + block("1 1", "9") + "</think>\n" + block("5 6", "11"),
        block("5 6", "11").replace("\n", "\r\n"),
        block("```\n5 6\n```", "```text\n11\n```"),
        block("5 6", "11").replace("<input>\n", "<input>").replace("\n</input>", "</input>"),
        block("5 6", "11").replace("<case>\n", "").replace("</case>\n", ""),
        "```xml\n" + block("5 6", "11") + "```",
        json.dumps([{"input": "5 6", "output": "11"}]),
        "```json\n" + json.dumps([{"stdin": "5 6\n", "expected_output": "11\n"}]) + "\n```",
        block("5 6", "11").removesuffix("</case>\n"),
    ],
)
def test_a_case_is_read_in_its_forms(text: str):
    assert read(text) == ([("5 6\n", "11\n")], {})


def test_white_space_inside_a_case_is_kept():
    assert read(block("  a  b\n\nc ", " x\n\ny"))[0] == [("  a  b\n\nc \n", " x\n\ny\n")]


def test_a_grid_of_dots_is_no_abbreviation():
    assert read(block("3\n...\n.#.\n...", "..."))[0] == [("3\n...\n.#.\n...\n", "...\n")]


def test_an_empty_input_is_a_case():
    assert read(block("", "hello"))[0] == [("", "hello\n")]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", CaseFault.EMPTY),
        ("x" * (MAX_CHARS + 1), CaseFault.TOO_LARGE),
        ("I cannot do that.", CaseFault.NO_CASES),
        ("[1, 2]", CaseFault.NO_CASES),
        ("[" * 50_000, CaseFault.NO_CASES),
        ("<case>\n<input>\n5 6\n</input>\n<output>\n1", CaseFault.TRUNCATED),
        ("<case>\n<input>\n5", CaseFault.TRUNCATED),
        ("<case>\n<input>\n5 6\n</input>\n</case>", CaseFault.INCOMPLETE),
        (block("5 6", "11").replace("</case>", "<output>12</output></case>"), CaseFault.INCOMPLETE),
        ("<case></output><output></input><input></case>", CaseFault.INCOMPLETE),
        (json.dumps([{"input": "5 6"}]), CaseFault.INCOMPLETE),
        (json.dumps([{"input": 5, "output": "1"}]), CaseFault.INCOMPLETE),
        (block("5 6", " \n "), CaseFault.NO_OUTPUT),
        (block("1 2 ... 100", "5050"), CaseFault.ABBREVIATED),
        (block("100\n1 2 3 …", "5050"), CaseFault.ABBREVIATED),
        (block("100\n1 (repeated 100 times)", "5050"), CaseFault.ABBREVIATED),
        (block('"1 " * 100', "100"), CaseFault.ABBREVIATED),
        (block("\ud800", "1"), CaseFault.LONE_SURROGATE),
        (block("1" * 70_000, "1"), CaseFault.TOO_LARGE),
        (block("1  2", "4"), CaseFault.CONTRADICTS_EXAMPLE),
    ],
)
def test_what_is_no_case_has_a_reason(text: str, fault: CaseFault):
    assert read(text) == ([], {fault: 1})


def test_repeated_conflicting_and_surplus_cases_are_counted():
    text = block("5 6", "11") * 2 + block("7 8", "15") + block("7 8", "16")
    assert read(text) == ([("5 6\n", "11\n")], {CaseFault.REPEATED: 1, CaseFault.CONFLICTING: 2})
    many = "".join(block(f"{n} {n}", f"{2 * n}") for n in range(MAX_CASES + 3))
    found, rejected = read(many)
    assert (len(found), rejected) == (MAX_CASES, {CaseFault.SURPLUS: 3})


def test_a_cut_answer_keeps_its_whole_cases():
    assert read(block("5 6", "11") + block("7 8", "15")[:30]) == ([("5 6\n", "11\n")], {CaseFault.TRUNCATED: 1})


def test_examples_contradict_only_where_outputs_are_words():
    close = Problem("half", "Q", cases=Cases((SUM,), Comparison("allclose")), example_cases=(Case("1", "0.5"),))
    assert len(extract_cases(block("1", "0.50"), close).cases) == 1


@given(st.text(max_size=200), st.sampled_from(["", "<case>", "<input>", "</input><output>", "[{", "```json\n"]))
def test_no_answer_raises(text: str, inserted: str):
    half = len(text) // 2
    found = extract_cases(text[:half] + inserted + text[half:] + inserted, PROBLEM)
    assert found.cases or found.rejected


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["<case>", "<input>", "<case><input>", "</case>", "```json\n", "[{", "( ", "</think>"])
def test_an_answer_made_to_hurt_is_read_in_time(piece: str):
    found = extract_cases(piece * (MAX_CHARS // len(piece)), PROBLEM)
    assert not found.cases
    assert found.rejected
