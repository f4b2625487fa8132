"""Rows are read as they are, split by task, and measured: none is cut, and none vanishes without its reason."""

import datetime
import json

import pytest
from fake_tokenizer import END, CharacterTokenizer

from coderm.errors import DataError
from coderm.messages.problem import ChatMessage
from coderm.training.measuring import IGNORED, check_some, labels, measure
from coderm.training.rendering import Renderer
from coderm.training.rows import Example, LeftOut, read_examples, split


def chat(question="2+2", answer="four", **more):
    turns = [{"role": "user", "content": question}]
    return {"messages": turns + ([{"role": "assistant", "content": answer}] if answer is not None else []), **more}


def read(tmp_path, *rows):
    path = tmp_path / "sft.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    left_out = LeftOut()
    return list(read_examples(path, left_out)), left_out


def renderer():
    return Renderer(CharacterTokenizer(), "toy", (END,), "clean", datetime.date(2024, 7, 26))


def measured(examples, max_length, left_out=None):
    return measure(examples, renderer(), max_length, left_out or LeftOut())


def example(answer="four", question="2+2", task_id="t"):
    return read_one(chat(question, answer, task_id=task_id))


def read_one(row):
    *asked, last = (ChatMessage(turn["role"], turn["content"]) for turn in row["messages"])
    return Example(row["task_id"], tuple(asked), last.content)


def test_rows_without_question_or_answer_are_counted_by_reason(tmp_path):
    found, left_out = read(
        tmp_path, chat(task_id="a"), chat(answer=None), chat(answer=" "), {"messages": []},
        {"messages": [{"role": "assistant", "content": "x"}]},
    )  # fmt: skip
    assert [item.task_id for item in found] == ["a"]
    assert left_out.reasons == {"no_answer": 2, "empty_answer": 1, "no_question": 1}


def test_texts_that_look_like_numbers_or_dates_stay_texts(tmp_path):
    found, _ = read(tmp_path, chat("2024-07-26", "1.0", task_id=7), chat("2024-07-27", "1", task_id="8"))
    assert [(item.task_id, item.prompt[0].content, item.answer) for item in found] == [
        ("7", "2024-07-26", "1.0"),
        ("8", "2024-07-27", "1"),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": "x"}, "sft.jsonl:1: field 'messages' is missing"),
        ({"messages": [{"role": "user", "content": {"a": 1}}]}, "messages\\[0\\]: field 'content' must be str"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "role 'tool'; write one of system, user, assistant"),
    ],
)
def test_a_row_that_is_no_chat_names_file_and_line(tmp_path, row, message):
    with pytest.raises(DataError, match=message):
        read(tmp_path, row)


def test_a_task_is_on_one_side_and_the_same_seed_gives_the_same_sides():
    examples = [example(task_id=f"t{place % 10}") for place in range(40)]
    learnt, held = split(examples, 0.2, 1)
    assert len(held) == 8
    assert {item.task_id for item in learnt}.isdisjoint(item.task_id for item in held)
    assert split(examples, 0.2, 1) == (learnt, held)
    assert split(examples[:10], 0.01, 1)[1], "a share that rounds to nothing still holds one task out"
    assert split(examples, 0.0, 1)[1] == split([example()], 0.5, 1)[1] == []


def test_rows_that_do_not_fit_are_left_out_with_their_reason_and_none_is_cut():
    fits = example()
    length = len(renderer().row(fits.prompt, fits.answer).response) + len(renderer().row(fits.prompt, fits.answer).prompt)
    found = measured([fits, example("four!"), example(question="2" * 200)], length)
    assert found.left_out.reasons == {"answer_would_be_cut": 1, "prompt_fills_length": 1}
    assert [row.response[-1] for row in found.rows] == [END]
    assert found.tokens == length
    assert measured([example("a</s>b")], 1000).left_out.reasons == {"end_token_inside": 1}


def test_labels_are_the_response_alone():
    row = renderer().row(example().prompt, "four")
    assert labels(row) == [IGNORED] * len(row.prompt) + list(row.response)


def test_the_digest_is_of_rendered_prompts():
    one, same, other = (measured([example(question=text)], 1000) for text in ("2+2", "2+2", "3+3"))
    assert one.prompts == same.prompts != other.prompts


def test_no_row_left_names_reasons_and_the_length_that_would_do():
    found = measured([example()], 10)
    with pytest.raises(DataError, match=f"1 prompt_fills_length\\); raise data.max_length from 10 to {found.longest}"):
        check_some(found, "sft.jsonl", 10)
