"""The cache: answers stay the same with it, nothing doubtful is kept, and no fault of it is a fault of a request."""

import asyncio
import random
import sqlite3
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from boxes import Boxes, letters, request, scorer

from coderm.errors import StorageError
from coderm.messages.execution import Block, BlockResult, Limits, Outcome
from coderm.messages.scoring import ScoreSettings
from coderm.scoring.board import Cell
from coderm.scoring.cache.disk import DiskCache
from coderm.scoring.cache.entries import KEPT, kept_cells, pair_keys, settings_digest
from coderm.scoring.cache.factory import Layers, make_cache
from coderm.scoring.cache.memory import ENTRY_BYTES, MemoryCache

CELLS = {bytes([number]) * 16: Cell(Outcome.PASSED, number / 8, "x" * number) for number in range(1, 9)}


def scored(boxes, asked, cache):
    async def run():
        return await scorer(boxes, cache=cache).score_all(asked)

    return asyncio.run(run())


def test_a_second_answer_comes_without_running_and_is_the_same():
    boxes, cache = Boxes(), MemoryCache(1 << 20)
    first = scored(boxes, request("pppppp", "pfpfpf"), cache)
    run = len(boxes.pairs)
    second = scored(boxes, request("pppppp", "pfpfpf"), cache)
    assert len(boxes.pairs) == run
    assert [(each.outcomes, each.cpu_s) for each in first] == [(each.outcomes, each.cpu_s) for each in second]
    assert [each.cached for each in first] == [0, 0]
    assert [each.cached for each in second] == [6, 6]


@pytest.mark.parametrize("stop", ["never", "first_failure"])
def test_whatever_the_cache_holds_the_verdicts_are_those_without_it(stop):
    """Rows with timeouts, whose rule looks at neighbours, asked for in parts, in every order."""
    draw = random.Random(3)
    for _ in range(60):
        cache = MemoryCache(1 << 20)
        programs = ["".join(draw.choices("pft", (4, 1, 3), k=10)) for _ in range(6)]
        limits = Limits(row_timeouts=draw.choice((0, 1, 2, 3)))
        for _ in range(3):
            asked = request(*draw.sample(programs, 3), tests=draw.randint(1, 10), stop=stop, limits=limits)
            with_cache, without = (scored(Boxes(), asked, each) for each in (cache, None))
            assert [letters(each) for each in with_cache] == [letters(each) for each in without]


@pytest.mark.parametrize(
    "change",
    [
        {"limits": Limits(cpu_s=2.0)},
        {"grading": "shared"},
        {"fallback": False},
        {"details": True},
        {"limits": Limits(memory_mb=64)},
    ],
)
def test_what_decides_a_verdict_is_part_of_its_name(change):
    assert settings_digest("box", ScoreSettings(**change)) != settings_digest("box", ScoreSettings())
    assert settings_digest("other box", ScoreSettings()) != settings_digest("box", ScoreSettings())


def test_what_ends_a_row_and_how_many_canaries_there_are_is_not():
    same = ScoreSettings(stop="first_failure", canaries=0, limits=Limits(row_timeouts=7))
    assert settings_digest("box", same) == settings_digest("box", ScoreSettings())


def test_a_name_is_of_both_texts():
    assert len({*pair_keys("a", "p", ["00", "01"]), *pair_keys("a", "q", ["00", "01"]), *pair_keys("b", "p", ["00", "01"])}) == 6


def kept(outcome, cpu_s, **counts):
    block = Block("b", ("p",), ("t",))
    result = BlockResult(
        block.block_id, np.full((1, 1), outcome, np.int8), np.full((1, 1), cpu_s, np.float32), np.zeros((1, 1), np.int8), **counts
    )
    return [cell.outcome for _, _, cell in kept_cells(result, ScoreSettings(limits=Limits(cpu_s=1.0, borderline=0.2)))]


@pytest.mark.parametrize("outcome", set(Outcome) - {Outcome.TIMEOUT})
def test_only_outcomes_that_would_come_again_are_kept(outcome):
    assert kept(outcome, 0.1) == ([outcome] if outcome in KEPT else [])
    assert not {Outcome.LOST, Outcome.LEFT_OUT, Outcome.MEMORY, Outcome.TAMPERED} & set(KEPT)


@pytest.mark.parametrize(("cpu_s", "endless", "known"), [(2.0, 0, True), (0.1, 1, True), (0.1, 0, False), (1.1, 0, False)])
def test_a_timeout_is_kept_where_the_cpu_limit_or_a_proof_decided_and_not_where_the_clock_did(cpu_s, endless, known):
    assert kept(Outcome.TIMEOUT, cpu_s, endless=endless) == ([Outcome.TIMEOUT] if known else [])


@pytest.mark.parametrize("cpu_s", [0.85, 1.0, 1.15])
def test_what_ended_near_the_limit_is_judged_anew(cpu_s):
    assert kept(Outcome.PASSED, cpu_s) == []


def test_memory_forgets_the_least_recently_used_within_its_bound():
    cache = MemoryCache(3 * ENTRY_BYTES + 6)
    keys = list(CELLS)[:3]
    cache.put({key: CELLS[key] for key in keys})
    cache.get(keys[:1])
    cache.put({keys[2] + b"x": Cell(Outcome.PASSED)})
    assert set(cache.get([*keys, keys[2] + b"x"])) == {keys[0], keys[2], keys[2] + b"x"}
    assert cache.bytes <= 3 * ENTRY_BYTES + 6


def test_its_memory_ends_at_the_bound_and_stays_there():
    """What grows by verdict after verdict is this cache; from its bound on it grows no more, as Python itself counts."""
    bound, taken = 1 << 20, []
    cache = MemoryCache(bound)
    tracemalloc.start()
    try:
        for first in range(0, 4 * bound // ENTRY_BYTES, 100):
            cache.put({number.to_bytes(16): Cell(Outcome.PASSED, number / 8) for number in range(first, first + 100)})
            taken.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    full = len(taken) // 2
    assert bound / 2 < max(taken) <= bound
    assert max(taken[full:]) - min(taken[full:]) < bound / 50


def test_a_bound_too_small_for_anything_keeps_nothing():
    cache = MemoryCache(10)
    cache.put(CELLS)
    assert (len(cache), cache.bytes) == (0, 0)


def test_a_file_outlives_its_process_and_several_may_write_it(tmp_path: Path):
    path = tmp_path / "cache.sqlite"
    caches = [DiskCache(path), DiskCache(path)]
    halves = [dict(list(CELLS.items())[place::2]) for place in range(2)]
    threads = [threading.Thread(target=cache.put, args=(half,)) for cache, half in zip(caches, halves, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for cache in caches:
        cache.close()
        cache.close()
    again = DiskCache(path)
    assert again.get([*CELLS, b"unknown"]) == CELLS
    again.close()


def test_a_full_disk_stops_the_writing_and_not_the_answers(tmp_path: Path, caplog):
    path = tmp_path / "cache.sqlite"
    DiskCache(path).close()
    cache = DiskCache(path)
    with sqlite3.connect(path) as database:
        database.execute("create trigger full before insert on cells begin select raise(abort, 'database or disk is full'); end")
    cache.put(CELLS)
    cache.put(CELLS)
    cache.close()
    assert not cache.writes
    assert [record.message for record in caplog.records] == ["verdicts missing on disk"]


def test_a_closed_file_is_an_empty_cache(tmp_path: Path):
    cache = DiskCache(tmp_path / "cache.sqlite")
    cache.close()
    assert cache.get(list(CELLS)) == {}
    cache.put(CELLS)


@pytest.mark.parametrize("content", ["layout", "rubbish", "folder"])
def test_a_file_that_is_none_of_ours_is_refused_with_the_remedy(tmp_path: Path, content):
    path = tmp_path / "cache.sqlite"
    if content == "folder":
        path.mkdir()
    elif content == "rubbish":
        path.write_text("no database " * 100)
    else:
        DiskCache(path).close()
        with sqlite3.connect(path) as database:
            database.execute("update facts set value = '0'")
    with pytest.raises(StorageError, match="cache"):
        DiskCache(path)


def test_what_the_file_knew_memory_knows_from_then_on(tmp_path: Path):
    memory, disk = MemoryCache(1 << 20), DiskCache(tmp_path / "cache.sqlite")
    layers = Layers(memory, disk)
    disk.put(CELLS)
    disk.close()
    layers = Layers(memory, DiskCache(tmp_path / "cache.sqlite"))
    assert layers.get(list(CELLS)) == CELLS
    assert memory.get(list(CELLS)) == CELLS
    layers.close()


def test_caches_are_made_as_set(tmp_path: Path):
    assert make_cache(0).get([b"a"]) == {}
    assert isinstance(make_cache(1), MemoryCache)
    layered = make_cache(1, str(tmp_path / "cache.sqlite"))
    assert isinstance(layered, Layers)
    layered.close()
