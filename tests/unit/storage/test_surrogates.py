"""Lone surrogates, which models and published files hold: nothing that writes or sends a text raises for one."""

import asyncio
import json
import logging

import numpy as np
import pytest
from builders import a_config, a_result, plain

from actors.generator import GeneratorActor
from coderm.config.schema import PromptConfig, ScriptedEngine
from coderm.errors import DataError
from coderm.extract.samples import given_programs, given_tests
from coderm.generation.prompts import render_solution, render_unit_test
from coderm.messages.events import Generate, Sampled
from coderm.messages.execution import BlockResult
from coderm.messages.generation import GenerationRequest, Sampling
from coderm.messages.problem import ChatMessage, Problem
from coderm.messages.samples import Sample
from coderm.problems import coderm_release, generic, mbpp
from coderm.problems.reading import problems_from_file
from coderm.report.run_files import write_files
from coderm.storage.atomic import write_json
from coderm.storage.journal import Journal
from coderm.storage.jsonl import read_jsonl
from coderm.storage.row_codec import RowDecoder, encode_row
from coderm.storage.surrogates import has_lone_surrogate, replaced

HALF = "\ud83d"
PROBLEM = Problem("p/0", "Double x.", "double")
GOOD = "def double(x):\n    return 2 * x\n"
BAD = GOOD.replace("2 * x", f"2 * x  # {HALF}")

SIX = np.arange(6).reshape(2, 3)


def a_file(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def sampled(path, role, *texts):
    """What a generator with these recorded texts answers."""
    config = ScriptedEngine(type="scripted", path=str(a_file(path, {"task_id": "p/0", "role": role, "completions": texts})))
    request = GenerationRequest("c", "p/0", role, (), len(texts), 0, Sampling())

    async def answer():
        actor = GeneratorActor(config)
        await actor.setup()
        try:
            return await actor.sample(Generate("c", request, PROBLEM))
        finally:
            await actor.close()

    return asyncio.run(answer())


def test_a_completion_with_a_half_character_reaches_the_journal_and_comes_back(tmp_path):
    answer = sampled(tmp_path / "r.jsonl", "policy", f"Sure {HALF}!\n```python\n{GOOD}```", f"```python\n{BAD}```")
    assert (answer.samples[0].code, answer.samples[0].rejected) == (GOOD, "")
    assert (answer.samples[1].code, answer.samples[1].rejected) == ("", "lone_surrogate")
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.append(answer)
        assert journal.answer("c") == answer
        assert journal.answer("c").samples[0].raw.startswith(f"Sure {HALF}!")


def test_a_unit_test_with_a_half_character_is_rejected_by_its_name(tmp_path):
    test = f"import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        assert double(1) == 2  # {HALF}\n"
    assert sampled(tmp_path / "r.jsonl", "coderm", test).samples[0].rejected == "lone_surrogate"


def test_a_finished_problem_with_half_characters_is_written_to_every_file(tmp_path):
    texts = (Sample(BAD, BAD, "key"), Sample(f"é {HALF}", rejected="no_code"))
    result = a_result(
        problem=Problem("p/0", f"q {HALF} é", checks=(f"# {HALF}", "check")),
        candidates=(*texts, *texts),
        programs=(BAD, "program b"),
        generations={"policy": texts},
        details={(0, 1): f"why {HALF}"},
    )
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.finish(result)
        (found,) = journal.results()
        assert plain(found) == plain(result)
        list(write_files(tmp_path, a_config(sandbox={"details": True}), journal))
    (written,) = [row for _, row in read_jsonl(tmp_path / "candidates.jsonl")]
    assert written["solutions"][0]["solution"] == BAD
    (recorded,) = [row for _, row in read_jsonl(tmp_path / "generations.jsonl")]
    assert [item["text"] for item in recorded["completions"]] == [BAD, f"é {HALF}"]


@pytest.mark.parametrize(
    "value",
    [
        Sampled("id", (Sample(HALF + "é\\ud83d\x00", "c", "k", "", 3, "length", -0.5),), 4),
        BlockResult("b", SIX.astype(np.int8), SIX.astype(np.float32), SIX.astype(np.int8), {(0, 2): HALF}),
        a_result(rejected={HALF: 2}, lost=(HALF,)),
    ],
    ids=["sampled", "arrays and keys that are pairs", "keys that are texts"],
)
def test_any_value_of_the_journal_comes_back_as_it_was(value):
    row = encode_row(value)
    assert plain(RowDecoder(type(value)).decode(row)) == plain(value)


def test_rows_without_half_characters_stay_plain_messagepack():
    assert encode_row(Sampled("é", (), 4))[0] != 0xC1


def test_the_text_of_a_problem_is_made_readable_and_told(tmp_path, caplog):
    rows = [{"task_id": f"p/{n}", "question": text, "prompt": text} for n, text in enumerate((f"a {HALF} b", "plain"))]
    with caplog.at_level(logging.WARNING):
        first, second = problems_from_file(a_file(tmp_path / "p.jsonl", *rows), generic.problem_from_row)
    assert (first.question, first.prompt, second.question) == ("a \ufffd b", "a \ufffd b", "plain")
    assert "replaced lone surrogates by U+FFFD in the text of 1 problems" in caplog.text


def test_a_ready_made_prompt_is_made_readable(tmp_path):
    messages = [{"role": "user", "content": f"### question\nDouble {HALF}\n### code solution\nx"}]
    (problem,) = problems_from_file(
        a_file(tmp_path / "p.jsonl", {"task_id": 1, "messages": messages}), coderm_release.problem_from_row
    )
    assert problem.messages == (ChatMessage("user", messages[0]["content"].replace(HALF, "\ufffd")),)


@pytest.mark.parametrize(
    ("convert", "row", "words"),
    [
        (generic.problem_from_row, {"task_id": HALF, "question": "q"}, "lone surrogate"),
        (generic.problem_from_row, {"task_id": "p", "question": "q", "checks": [f"assert f() == '{HALF}'"]}, "not valid Python"),
        (
            mbpp.problem_from_row,
            {"task_id": 1, "text": "q", "code": f"def f(): return '{HALF}'", "test_list": ["assert f()"]},
            "not valid Python",
        ),
    ],
    ids=["id", "check", "reference"],
)
def test_what_cannot_be_kept_is_one_line_of_bad_input(tmp_path, convert, row, words):
    with pytest.raises(DataError, match=f":1: .*{words}"):
        list(problems_from_file(a_file(tmp_path / "p.jsonl", row), convert))


def test_no_prompt_holds_half_a_character():
    problem = Problem("p", f"q {HALF}", "f", f"def f():  # {HALF}\n")
    asked = (*render_solution(problem, PromptConfig()), *render_unit_test(problem, BAD, PromptConfig()))
    assert not any(has_lone_surrogate(message.content) for message in asked)


def test_the_user_s_own_texts_keep_theirs():
    assert [sample.code for sample in (*given_programs([BAD]), *given_tests([BAD], PROBLEM))] == [BAD, BAD]


def test_a_json_file_is_written_and_read_back(tmp_path):
    write_json(tmp_path / "x.json", {"a": f"é {HALF}"})
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == {"a": f"é {HALF}"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("a\ud83dz", "a\ufffdz"), ("\udc00x", "\ufffdx"), ("ab\ud83d", "ab\ufffd"), ("\ud83d\ude00", "\U0001f600"), ("é\0", "é\0")],
)
def test_only_halves_are_replaced(text, wanted):
    assert replaced(text) == wanted
