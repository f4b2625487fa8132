"""The scorer: each program once, over all executors, whatever is lost on the way."""

import asyncio
from itertools import count

import pytest
from boxes import Boxes, F, P, T, letters, request, scorer

from coderm.errors import EngineError, SandboxLost
from coderm.messages.execution import Limits, Outcome
from coderm.messages.scoring import ScoreRequest, ScoreSettings, UnitTests

ONE_TEST = "import unittest\nclass ACase(unittest.TestCase):\n    def test_it(self):\n        self.assertEqual(f(1), 2)\n"


def scored(boxes, asked, **options):
    async def run():
        return await scorer(boxes, **options).score_all(asked)

    return asyncio.run(run())


def test_a_verdict_for_each_program_in_order_and_equal_texts_are_judged_once():
    boxes = Boxes()
    verdicts = scored(boxes, request("pppppp", "pfpfpf", "pppppp"))
    assert [letters(verdict) for verdict in verdicts] == ["pppppp", "pfpfpf", "pppppp"]
    assert len(boxes.pairs) == len(set(boxes.pairs)) == 12


@pytest.mark.parametrize(("programs", "tests"), [(0, 3), (2, 0)])
def test_nothing_to_judge_is_no_block(programs, tests):
    boxes = Boxes()
    assert [verdict.outcomes for verdict in scored(boxes, request(*"pf"[:programs], tests=tests))] == [()] * programs
    assert boxes.blocks == []


def test_a_small_batch_is_spread_over_all_executors():
    boxes = Boxes()
    scored(boxes, request(*(f"p{'f' * number}" for number in range(16)), tests=1), executors=2, in_flight=1)
    assert [len(block.programs) for block in boxes.blocks] == [8, 8]
    assert boxes.most == 2


def test_small_requests_are_not_cut_for_all_executors_while_others_wait():
    async def run():
        boxes = Boxes(gate=asyncio.Event())
        judged = scorer(boxes, executors=2, in_flight=1)
        others = [asyncio.create_task(judged.score_all(request(*programs, tests=1))) for programs in (("p", "f"), ("pp", "ff"))]
        while len(boxes.blocks) < 2:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        boxes.gate.set()
        await asyncio.gather(*others)
        return [len(block.programs) for block in boxes.blocks], judged.busy

    assert asyncio.run(run()) == ([1, 1, 2], False)


def test_programs_that_may_wait_come_behind_the_others_in_blocks_of_their_own():
    boxes = Boxes(judge=lambda program, test: T if "sleep" in program else P)
    prompt, waiting = [f"# {number}" for number in range(20)], [f"from time import sleep # {number}" for number in range(20)]
    mixed = [text for both in zip(waiting, prompt, strict=True) for text in both]
    verdicts = scored(boxes, request(*mixed, tests=10), executors=1, in_flight=1, spread_pairs=100)
    assert [letters(verdict)[0] for verdict in verdicts] == ["t", "p"] * 20
    assert [list(block.programs) for block in boxes.blocks] == [prompt, waiting]


def test_a_single_program_that_may_wait_gets_no_block_of_its_own():
    boxes = Boxes(judge=lambda program, test: P)
    scored(boxes, request("import time", *"abcdefg", tests=10), executors=1, in_flight=1)
    assert [list(block.programs) for block in boxes.blocks] == [[*"abcdefg", "import time"]]


def test_how_long_a_pair_takes_is_told_by_the_box_and_not_by_the_wait_for_it():
    async def run(told):
        boxes = Boxes(seconds=told)
        judged = scorer(boxes, clock=count().__next__, executors=4)
        await judged.score_all(request("p", tests=1))
        return judged.carrier.pace.pair_s

    assert asyncio.run(run(0.004)) == pytest.approx(0.004)
    assert asyncio.run(run(0.0)) > 0.09


@pytest.mark.parametrize(("cpu_s", "sizes"), [(0.0, [16, 16]), (0.5, [3] * 10 + [2])])
def test_blocks_are_cut_by_the_cpu_time_of_programs_and_not_by_how_busy_the_machine_is(cpu_s, sizes):
    async def run():
        boxes = Boxes(seconds=600.0, cpu_s={P: cpu_s, F: cpu_s})
        judged = scorer(boxes, executors=2, least_pairs=1, block_s=1.6)
        for number in range(30):
            await judged.score_all(request("p" * (number + 1), tests=1))
        boxes.blocks.clear()
        await judged.score_all(request(*("f" + "p" * number for number in range(32)), tests=1))
        return [len(block.programs) for block in boxes.blocks]

    assert asyncio.run(run()) == sizes


def test_canaries_are_in_the_block_of_the_tests_however_many_programs_there_are():
    boxes = Boxes(judge=lambda program, test: P if test == ONE_TEST and program != "wrong" else F)
    programs = tuple(f"p{number}" for number in range(20))
    asked = ScoreRequest("p/0", (*programs, "wrong"), UnitTests((ONE_TEST,)), ScoreSettings(canaries=2))
    verdicts = scored(boxes, asked, executors=2)
    assert [letters(verdict) for verdict in verdicts] == [*"p" * 20, "f"]
    assert [(len(block.programs), len(block.tests), block.last_canaries) for block in boxes.blocks] == [(11, 3, 2), (10, 3, 2)]


def test_no_more_blocks_are_under_way_than_there_are_places():
    boxes = Boxes()
    scored(
        boxes,
        request(*(f"p{'f' * number}" for number in range(40)), tests=4),
        executors=2,
        in_flight=2,
        least_pairs=4,
        block_s=0.01,
    )
    assert boxes.most == 4


def test_a_program_comes_as_soon_as_its_row_is_complete():
    async def run():
        boxes = Boxes(gate=asyncio.Event())
        boxes.gate.set()
        found = scorer(boxes, executors=1, in_flight=1, least_pairs=1, block_s=1e-6).score(request("p", "f", tests=1))
        first = await anext(found)
        assert (first[0], len(boxes.blocks)) == (0, 1) or (first[0], len(boxes.blocks)) == (0, 2)
        return [first[0], *[place async for place, _ in found]]

    assert asyncio.run(run()) == [0, 1]


def test_a_lost_block_is_run_again():
    boxes = Boxes(losses=1)
    assert letters(scored(boxes, request("pppppp"))[0]) == "pppppp"


def test_where_nothing_comes_back_pairs_are_lost_with_the_reason_and_not_failed():
    verdict = scored(Boxes(broken=True), request("pppppp", "f"))[0]
    assert set(verdict.outcomes) == {Outcome.LOST}
    assert verdict.lost == "the box died"


def test_a_program_that_ends_its_box_is_found_among_others_and_is_an_error():
    verdicts = scored(Boxes(poison=frozenset({"c"})), request("p", "c", "f", "pf", tests=2))
    assert [letters(verdict) for verdict in verdicts] == ["pp", "ee", "ff", "pf"]
    assert not any(verdict.lost for verdict in verdicts)


BOX, WORKER = SandboxLost("the box died"), EngineError("the engine does not answer")


@pytest.mark.parametrize(
    "troubles",
    [
        [BOX, WORKER],  # the engine died and came back
        [BOX, BOX],  # two boxes were killed from outside
        [BOX, BOX, None, BOX],  # and a third one, after a harmless block came back
    ],
)
def test_a_pair_alone_whose_boxes_are_killed_by_others_gets_what_it_deserves(troubles):
    assert letters(scored(Boxes(troubles=troubles), request("p", tests=1, canaries=0))[0]) == "p"


@pytest.mark.parametrize("troubles", [[BOX, BOX, None, BOX, WORKER], [BOX, BOX, None, BOX, BOX, WORKER, WORKER]])
def test_a_pair_alone_is_lost_and_no_error_where_its_engine_went_away(troubles):
    verdict = scored(Boxes(troubles=troubles), request("p", tests=1, canaries=0))[0]
    assert (letters(verdict), bool(verdict.lost)) == ("?", True)


def test_at_the_deadline_what_is_not_judged_is_lost_and_its_block_is_ended():
    async def run():
        boxes = Boxes(gate=asyncio.Event())
        verdicts = await scorer(boxes, clock=lambda: 0.0).score_all(request("p", "f"), deadline=0.01)
        return boxes, verdicts

    boxes, verdicts = asyncio.run(run())
    assert [letters(verdict) for verdict in verdicts] == ["??????"] * 2
    assert "deadline" in verdicts[0].lost
    assert boxes.cancelled == len(boxes.blocks) == 1


def test_the_first_failure_leaves_the_rest_of_a_row_out_and_unrun():
    boxes = Boxes()
    programs = ("p" * 16, "f" + "p" * 15, "ppppppft" + "p" * 8, "t" + "p" * 15)
    verdicts = scored(boxes, request(*programs, tests=16, stop="first_failure"), first_portion=4)
    assert [letters(verdict) for verdict in verdicts] == ["p" * 16, "f" + "-" * 15, "ppppppf" + "-" * 9, "t" + "-" * 15]
    assert ("f" + "p" * 15, "8") not in boxes.pairs


def test_timeouts_in_a_row_end_it_however_it_was_cut():
    program = "ptttpppp"
    for size in (1, 3, 100):
        verdict = scored(Boxes(), request(program, tests=8, limits=Limits(row_timeouts=3)), block_pairs=size)[0]
        assert letters(verdict) == "pttt----", size


def test_a_row_that_box_after_box_leaves_out_is_lost_and_not_asked_for_for_ever():
    verdict = scored(Boxes(judge=lambda program, test: Outcome.LEFT_OUT), request("p"))[0]
    assert letters(verdict) == "??????"
    assert verdict.lost
