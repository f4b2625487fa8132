"""What a running job looks like where there is no terminal."""

from dataclasses import replace

from cluster.display import PLAIN_EVERY_S, UNCHANGED_EVERY_S, display
from coderm.messages.progress import Counters, Progress
from coderm.report.live.stages import STAGES


def a_progress(done=False, stage="running", **counts):
    return Progress(Counters(problems=4, **counts), stage, {"generation": 2.0}, done)


def shown(capsys, *progresses, every_s=PLAIN_EVERY_S):
    """The lines that looks bring which are `every_s` seconds apart."""
    now = 0.0
    with display(lambda: now) as show:
        for progress in progresses:
            show(progress)
            now += every_s
    return capsys.readouterr().err.splitlines()


def test_a_plain_line_names_the_stage_and_counts_of_all(capsys):
    counts = {"problems_done": 1, "candidates": 8, "candidates_asked": 16, "tests": 2, "units": 12, "pairs_done": 3}
    (line,) = shown(capsys, a_progress(**counts, pairs_planned=9))
    assert "running 0 s: candidates 8/16, tests 2/12, pairs run 3/9, problems 1/4" in line


def test_what_is_left_is_told_once_it_is_known_and_for_this_pass_where_others_come(capsys):
    for passes_to_come, words in ((0, "left"), (1, "left in this pass")):
        now = [0.0]
        with display(lambda: now[0]) as show:  # noqa: B023 - used within the turn
            for second in range(400):
                now[0] = float(second)
                counts = {"arrived": 4, "in_work": 4, "candidates_asked": 500, "candidates": second}
                show(a_progress(passes_to_come=passes_to_come, **counts))
        lines = capsys.readouterr().err.splitlines()
        assert "left" not in lines[0]
        assert lines[-1].endswith(f"about 2 min {words}")


def test_the_budget_is_seen_to_drain_in_its_unit(capsys):
    (line,) = shown(capsys, a_progress(budget=2000.0, spent=812.0, unit="tokens"))
    assert "budget 812/2000 tokens" in line
    (line,) = shown(capsys, a_progress())
    assert "budget" not in line


def test_what_the_run_goes_on_in_spite_of_is_told_once(capsys):
    noted = replace(a_progress(), notes=("no executor on n2: start its engine",))
    lines = shown(capsys, noted, noted, replace(noted, notes=(*noted.notes, "no room")), every_s=1.0)
    assert [line for line in lines if line.startswith("coderm: ")] == [
        "coderm: no executor on n2: start its engine",
        "coderm: no room",
    ]


def test_lines_that_would_say_nothing_new_are_left_out(capsys):
    assert len(shown(capsys, a_progress(), a_progress(), a_progress(stage="closing"))) == 2


def test_a_line_that_says_nothing_new_appears_again_after_a_while(capsys):
    assert len(shown(capsys, a_progress(), a_progress(), every_s=UNCHANGED_EVERY_S)) == 2


def test_between_lines_some_time_passes_but_the_last_always_appears(capsys):
    lines = shown(capsys, a_progress(), a_progress(problems_done=2), a_progress(done=True, problems_done=4), every_s=1.0)
    assert len(lines) == 2
    assert "problems 0/4" in lines[0]
    assert "problems 4/4" in lines[1]
    assert "left" not in lines[1]


def test_no_stage_counts_beyond_its_total():
    counters = Counters(candidates=9, candidates_asked=4, tests=5, units=3)
    assert all(done <= total for done, total in (count(counters) for count in STAGES.values()))


def test_what_starts_is_named_with_its_own_clock(capsys):
    starting = {"executors": 1.4, "engine main": 31.0}
    (line,) = shown(capsys, Progress(Counters(problems=4), "starting", starting=starting))
    assert "starting executors 1 s, engine main 31 s: problems 0/4" in line


def test_tokens_of_texts_under_way_are_life(capsys):
    """Nothing is answered yet, but the engine writes: every line says how fast."""
    looks = [Progress(Counters(problems=4, candidates_asked=36), "running", written=tokens, texts=36) for tokens in (0, 500, 1500)]
    lines = shown(capsys, *looks)
    assert [line.partition("problems 0/4")[2] for line in lines] == [
        ", 0 tokens/s, 36 texts under way",
        ", 100 tokens/s, 36 texts under way",
        ", 150 tokens/s, 36 texts under way",
    ]
