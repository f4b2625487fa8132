"""What a running job looks like where there is no terminal."""

import pytest

from cluster import display as module
from cluster.display import STAGES, display
from coderm.progress import Counters, Progress


def a_progress(done=False, stage="running", **counts):
    return Progress(Counters(problems=4, **counts), stage, {"generation": 2.0}, (), done)


@pytest.fixture
def always(monkeypatch):
    monkeypatch.setattr(module, "PLAIN_EVERY_S", 0.0)


def shown(capsys, *progresses):
    with display() as show:
        for progress in progresses:
            show(progress)
    return capsys.readouterr().err.splitlines()


def test_a_plain_line_names_the_stage_and_counts_of_all(capsys, always):
    counts = {"problems_done": 1, "candidates": 8, "candidates_asked": 16, "tests": 2, "units": 12, "pairs_done": 3}
    (line,) = shown(capsys, a_progress(**counts, pairs_planned=9))
    assert "running: candidates 8/16, tests 2/12, pairs run 3/9, problems 1/4" in line
    assert "about" in line


def test_what_is_left_is_told_by_the_stage_that_is_furthest_behind():
    assert Counters(problems=4).share == 0.0
    half = Counters(problems=4, in_work=4, candidates=8, candidates_asked=8, units=4, tests=3, pairs_planned=10, pairs_done=5)
    assert half.share == 0.5
    assert Counters(problems=4, in_work=1, problems_done=1, candidates=8, candidates_asked=8).share == 0.5
    assert Counters(problems=4, problems_done=4, candidates=8, candidates_asked=8, tests=2, units=2).share == 1.0


def test_the_budget_is_seen_to_drain_in_its_unit(capsys, always):
    (line,) = shown(capsys, a_progress(budget=2000.0, spent=812.0, unit="tokens"))
    assert "budget 812/2000 tokens" in line
    (line,) = shown(capsys, a_progress())
    assert "budget" not in line


def test_lines_that_would_say_nothing_new_are_left_out(capsys, always):
    assert len(shown(capsys, a_progress(), a_progress(), a_progress(stage="closing"))) == 2


def test_a_line_that_says_nothing_new_appears_again_after_a_while(capsys, always, monkeypatch):
    monkeypatch.setattr(module, "UNCHANGED_EVERY_S", 0.0)
    assert len(shown(capsys, a_progress(), a_progress())) == 2


def test_between_lines_some_time_passes_but_the_last_always_appears(capsys, monkeypatch):
    monkeypatch.setattr(module, "PLAIN_EVERY_S", 1e12)
    lines = shown(capsys, a_progress(), a_progress(problems_done=2), a_progress(done=True, problems_done=4))
    assert len(lines) == 1
    assert "problems 4/4" in lines[0]
    assert "left" not in lines[0]


def test_no_stage_counts_beyond_its_total():
    counters = Counters(candidates=9, candidates_asked=4, tests=5, units=3)
    assert all(done <= total for done, total in (count(counters) for count in STAGES.values()))
