"""Answers are read as far as they came, and nothing that is no finite number is taken for a reward."""

import asyncio
import json

import httpx
import pytest

from coderm.client.reading import read_answer
from coderm.client.tries import Again, Refused, TryFailed

LINE = '{"item": 0, "program": %d, "reward": %s, "status": "scored", "caused_by": "program"}\n'
END = '{"end": true, "results": 2}\n'


def read(text, kind="application/x-ndjson"):
    found = []
    response = httpx.Response(200, headers={"Content-Type": kind}, content=text.encode())
    asyncio.run(read_answer(response, found.append))
    return [reward.reward for reward in found]


def test_a_stream_and_a_whole_answer_say_the_same():
    lines = [LINE % (0, "0.5"), LINE % (1, "null")]
    whole = json.dumps({"results": [json.loads(line) for line in lines]})
    assert read("".join([*lines, "\n", END])) == read(whole, "application/json") == [0.5, None]


def test_a_stream_without_its_end_is_cut():
    for text in (LINE % (0, "1"), LINE % (0, "1") + END[:-1], ""):
        with pytest.raises(TryFailed) as failed:
            read(text)
        assert isinstance(failed.value.verdict, Again)


@pytest.mark.parametrize("wrong", ["NaN", "Infinity", "-Infinity", "1e999", "true", '"1"', "[]"])
def test_what_is_no_finite_number_is_refused(wrong):
    for text, kind in (
        (LINE % (0, wrong) + END, "application/x-ndjson"),
        (f'{{"results": [{LINE % (0, wrong)}]}}', "application/json"),
    ):
        with pytest.raises(TryFailed) as failed:
            read(text, kind)
        assert isinstance(failed.value.verdict, Refused)
        assert "use one version on both sides" in failed.value.verdict.reason


@pytest.mark.parametrize("line", ["no json", "3", "{}", '{"item": 0}', '{"results": true}'])
def test_a_line_of_another_shape_is_refused(line):
    with pytest.raises(TryFailed) as failed:
        read(line + "\n")
    assert isinstance(failed.value.verdict, Refused)
