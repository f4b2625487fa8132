"""A whole build: the same data set however it is interrupted, and one reject never ends it."""

import asyncio
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from coderm.data.build import Tally
from coderm.data.card import Circumstances
from coderm.data.finish import finish
from coderm.data.records import StageName
from coderm.data.store import Store
from coderm.errors import DataError
from coderm.problems.coderm_release import problem_from_row

from .world import Answering, a_test, built, fenced, settings

QUESTIONS = (
    "Add one to a number.",
    "Give a number back that is larger by the amount of five.",
    "Take three off what you are given.",
)
ROWS = [
    {"task_id": f"p/{n}", "question": q, "entry_point": "f", "reference": f"def f(x):\n    return x + {k}\n",
     "checks": [f"assert f(1) == {1 + k}"]}
    for n, (q, k) in enumerate(zip(QUESTIONS, (1, 5, -3), strict=True))
]  # fmt: skip
BAD = [
    {"task_id": "p/9"},
    {**ROWS[0], "task_id": "p/copy"},
    {**ROWS[0], "task_id": "p/wrong", "question": "Quite another thing is wanted here.", "checks": ["assert f(1) == 9"]},
    {**ROWS[0], "question": "The same id for a question of its own."},
    {
        **ROWS[0],
        "task_id": "p/time",
        "question": "What time is it now?",
        "reference": "import time\ndef f(x):\n    return time.time()",
    },
]
TESTS = tuple(fenced(a_test("f(1)", str(wanted))) for wanted in (2, 6, -2, 7))
TOLD = Circumstances({"coderm": {"backend": "scripted", "model": "r.jsonl", "version": ""}}, "here", "coderm data build c.toml")
STAGES = ["suitability", "function_form", "synthesize", "repair", "quality"]


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in [*ROWS[:1], *BAD, *ROWS[1:]]))
    return path


def carrier() -> Answering:
    return Answering({"judge": ("Fine.\nANSWER: NO",) * 2, "tests": TESTS, "programs": (fenced(str(ROWS[0]["reference"])),) * 2})


def config_of(source: Path):
    return settings(source, judge={"ask": True}, quality={"programs": 2}, synthesize={"tests": 1, "batch": 4, "cap": 4})


def build(source: Path, directory: Path, answering: Answering | None = None, **watchers) -> dict:
    config = config_of(source)
    directory.mkdir(exist_ok=True)
    with Store(directory / "build.sqlite") as store:
        tally = asyncio.run(built(config, store, answering or carrier(), **watchers))
        return finish(directory, config, tally, store, TOLD)


def test_rows_end_where_they_must_and_the_others_go_on(source: Path, tmp_path: Path):
    manifest = build(source, tmp_path / "a")
    assert (manifest["rows"], manifest["tests"]) == (3, 3)
    reasons = {stage: found["reasons"] for stage, found in manifest["stages"].items() if "reasons" in found}
    assert reasons == {
        "read": {"double_id": 1, "unreadable_row": 1},
        "filter": {"clock": 1},
        "near_duplicates": {"near_duplicate": 1},
        "function_form": {"reference_fails": 1},
    }
    flow = [(found["in"], found["out"]) for found in manifest["stages"].values()]
    assert flow == [(8, 6), (6, 5), (5, 4), (4, 4), (4, 4), (4, 3), (3, 3), (3, 3), (3, 3)]
    rejects = [json.loads(line) for line in (tmp_path / "a" / "rejects.jsonl").read_text().splitlines()]
    assert [(row["position"], row["reason"]) for row in rejects][:2] == [(1, "unreadable_row"), (2, "near_duplicate")]


def test_the_files_are_in_the_forms_that_others_read(source: Path, tmp_path: Path):
    build(source, tmp_path / "a")
    (row, *_) = pq.read_table(tmp_path / "a" / "dataset.parquet").to_pylist()
    assert list(row)[:5] == ["task_id", "question", "code_ground_truth", "code_generate", "unit_tests"]
    assert (row["task_id"], row["source_id"]) == (0, "p/0")
    (test,) = json.loads(row["unit_tests"])
    assert {"ut_id", "code", "FAR", "FRR", "false_positive_rate", "false_negative_rate"} <= test.keys()
    assert problem_from_row({key: row[key] for key in list(row)[:5]}, "here").checks == (test["code"],)
    (chat, *_) = [json.loads(line) for line in (tmp_path / "a" / "sft.jsonl").read_text().splitlines()]
    assert [message["role"] for message in chat["messages"]] == ["user", "assistant"]
    assert chat["messages"][1]["content"] == f"```python\n{test['code'].strip()}\n```"
    assert row["code_ground_truth"].strip() in chat["messages"][0]["content"]
    assert (chat["task_id"], len(chat["prompt_hash"])) == ("p/0", 32)
    card = (tmp_path / "a" / "card.md").read_text()
    assert "| function_form | 4 | 3 | reference_fails 1 |" in card
    assert "coderm data build c.toml" in card


@pytest.mark.parametrize("stage", STAGES)
def test_a_build_killed_in_a_stage_ends_in_the_same_data_set(source: Path, tmp_path: Path, stage: str):
    whole = build(source, tmp_path / "whole")

    def kill(name: str, record) -> None:
        if name == stage and record.problem.task_id == "p/1":
            raise Killed

    again = carrier()
    with pytest.raises(Killed):
        build(source, tmp_path / "killed", again, seen=kill)
    before = list(again.asked)
    resumed = build(source, tmp_path / "killed", again)
    assert resumed["dataset_sha256"] == whole["dataset_sha256"]
    assert resumed["files"] == whole["files"]
    assert resumed["stages"] == whole["stages"]
    assert len(again.asked) == len(set(again.asked)), "what was answered is not asked for again"
    assert set(before) <= set(again.asked)


def test_a_finished_build_asks_nobody(source: Path, tmp_path: Path):
    first = build(source, tmp_path / "a")
    nobody = Answering({})
    assert build(source, tmp_path / "a", nobody)["dataset_sha256"] == first["dataset_sha256"]
    assert nobody.asked == []


def test_the_recording_replays_the_build(source: Path, tmp_path: Path):
    build(source, tmp_path / "a")
    rows = [json.loads(line) for line in (tmp_path / "a" / "generations.jsonl").read_text().splitlines()]
    assert {row["task_id"] for row in rows if row["role"] == "coderm"} >= {"p/0|judge", "p/0"}
    texts = next(row["completions"] for row in rows if (row["task_id"], row["role"]) == ("p/0", "coderm"))
    assert [item["text"] for item in texts] == list(TESTS)


def test_a_build_with_nothing_left_says_where_everything_ended(source: Path, tmp_path: Path):
    useless = Answering({"judge": ("Hm.",) * 2, "tests": TESTS, "programs": ()})
    with pytest.raises(DataError, match=r"the data set is empty; all 4 records .* stage suitability ended there \(no_verdict 4\)"):
        build(source, tmp_path / "a", useless)
    assert (tmp_path / "a" / "card.md").exists()


def test_no_more_records_are_in_work_than_the_window(source: Path, tmp_path: Path):
    config = config_of(source)
    config = config.model_copy(update={"cluster": config.cluster.model_copy(update={"window": 1})})
    entered: list[str] = []
    with Store(tmp_path / "b.sqlite") as store:
        asyncio.run(built(config, store, carrier(), seen=lambda name, record: entered.append(record.problem.task_id)))
    assert entered == sorted(entered, key=entered.index)


def test_a_tally_tells_what_came_to_each_stage():
    tally = Tally.of({("", ""): 2, ("filter", "clock"): 1, ("quality", "no_test_left"): 3})
    assert next(tally.flow()) == (StageName.READ, 6, 6)
    assert list(tally.flow())[-1] == (StageName.QUALITY, 5, 2)


def test_a_program_that_is_nested_too_deeply_ends_alone(tmp_path: Path):
    deep = {**ROWS[0], "task_id": "p/deep", "question": "What is this?", "reference": f"def f(x):\n    return x{' + 1' * 900}\n"}
    path, benchmark = tmp_path / "deep.jsonl", tmp_path / "benchmark.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in (deep, ROWS[0])))
    benchmark.write_text(json.dumps(ROWS[1]) + "\n")
    config = settings(path, decontaminate={"benchmarks": [{"path": str(benchmark)}]}, synthesize={"tests": 1, "batch": 4})
    with Store(tmp_path / "b.sqlite") as store:
        tally = asyncio.run(built(config, store, carrier()))
    assert (tally.accepted, tally.rejected[StageName.FILTER]) == (1, {"too_deep": 1})
