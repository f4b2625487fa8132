"""The scripted generator serves what was recorded and names what was not."""

import asyncio
import json
import pickle

import pytest

from coderm.config.schema import ScriptedEngine
from coderm.errors import DataError, GenerationError
from coderm.generation.factory import make_generator
from coderm.messages.generation import Completion, GenerationRequest, Sampling
from coderm.messages.problem import ChatMessage


def request(task="a", role="policy", n=2, offset=0):
    return GenerationRequest("r", task, role, (ChatMessage("user", "hi"),), n, 0, Sampling(), offset)


def replay(path, *requests):
    async def run():
        generator = make_generator(ScriptedEngine(path=str(path)))
        await generator.setup()
        try:
            return [(await generator.generate(item)).completions for item in requests]
        finally:
            await generator.close()

    return asyncio.run(run())


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def recording(tmp_path):
    long = {"text": "y = 2", "tokens": 7, "finish": "length", "mean_logprob": -0.5}
    return write(
        tmp_path / "g.jsonl",
        {"task_id": "a", "role": "policy", "completions": ["x = 1", long, "ü"]},
        {"task_id": "a", "role": "coderm", "completions": ["t"]},
        {"task_id": "b", "role": "policy", "completions": ["z"]},
    )


def test_completions_come_back_in_recorded_order_with_their_figures(recording):
    ((first, second),) = replay(recording, request())
    assert first == Completion("x = 1")
    assert second == Completion("y = 2", 7, "length", -0.5)


def test_a_top_up_continues_where_the_first_request_ended_and_may_run_dry(recording):
    assert replay(recording, request(), request(offset=2), request(offset=3)) == [
        (Completion("x = 1"), Completion("y = 2", 7, "length", -0.5)),
        (Completion("ü"),),
        (),
    ]


def test_roles_of_one_problem_are_kept_apart(recording):
    assert replay(recording, request(role="coderm", n=1)) == [(Completion("t"),)]


def test_a_short_first_request_names_problem_role_wanted_and_recorded(recording):
    with pytest.raises(GenerationError, match=r"b: 2 policy completions wanted, 1 recorded in .*g\.jsonl") as caught:
        replay(recording, request("b"))
    assert pickle.loads(pickle.dumps(caught.value)).message == caught.value.message


def test_an_unrecorded_problem_is_named(recording):
    with pytest.raises(GenerationError, match="c: no policy completions recorded"):
        replay(recording, request("c"))


@pytest.mark.parametrize(
    "line",
    [
        "{not json",
        "[]",
        '{"role": "policy", "completions": []}',
        '{"task_id": "c", "role": "judge", "completions": []}',
        '{"task_id": "c", "role": "policy", "completions": "x"}',
        '{"task_id": "c", "role": "policy", "completions": [{"tokens": 1}]}',
        '{"task_id": "c", "role": "policy", "completions": [{"text": "x", "tokens": "1"}]}',
        "[" * 100_000,
    ],
)
def test_a_broken_line_is_named_by_file_and_line(recording, line):
    with recording.open("a") as file:
        file.write("\n" + line + "\n")
    with pytest.raises(DataError, match=r"g\.jsonl:5: "):
        replay(recording)


def test_a_byte_that_is_no_utf8_is_named_by_file_and_line(recording):
    with recording.open("ab") as file:
        file.write(b'{"task_id": "\xff"}\n')
    with pytest.raises(DataError, match=r"g\.jsonl:4: "):
        replay(recording)


def test_a_byte_order_mark_and_half_a_surrogate_pair_are_read(tmp_path):
    path = tmp_path / "g.jsonl"
    line = '{"task_id": "a", "role": "policy", "completions": ["x = \'\\ud800\'"]}\n'
    path.write_bytes(b"\xef\xbb\xbf" + line.encode())
    assert replay(path, request(n=1)) == [(Completion("x = '\ud800'"),)]


def test_a_repeated_problem_is_an_error_naming_both_lines(recording):
    with recording.open("a") as file:
        file.write('{"task_id": "b", "role": "policy", "completions": []}')
    with pytest.raises(DataError, match=r"g\.jsonl:4: b, policy was recorded before, in line 3"):
        replay(recording)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.jsonl: no such file; check the name given"):
        replay(tmp_path / "none.jsonl")


def test_a_file_changed_during_the_run_is_noticed(recording):
    async def run():
        generator = make_generator(ScriptedEngine(path=str(recording)))
        await generator.setup()
        write(recording, {"task_id": "other", "role": "policy", "completions": ["x", "y"]})
        await generator.generate(request())

    with pytest.raises(GenerationError, match="changed during the run"):
        asyncio.run(run())


def test_memory_stays_far_below_the_texts(tmp_path):
    import tracemalloc

    path = write(
        tmp_path / "big.jsonl", *({"task_id": f"t{i}", "role": "policy", "completions": ["x" * 4000]} for i in range(2000))
    )

    async def run():
        generator = make_generator(ScriptedEngine(path=str(path)))
        tracemalloc.start()
        await generator.setup()
        await generator.generate(request("t1999", n=1))
        kept = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        await generator.close()
        return kept

    assert asyncio.run(run()) < path.stat().st_size / 8
