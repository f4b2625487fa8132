"""`coderm rescore` from the command line: new lines, a table of what changed, and exit codes."""

import json
import signal
from pathlib import Path

import pytest
from rich.console import Console

import launch
from cluster.commands.rescore import RescoreFiles, read_reward, rescore
from coderm.messages.execution import Outcome
from coderm.messages.scoring import ProgramVerdict
from coderm.rewards.group import Group, Rollout

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "rollouts.jsonl"


@pytest.fixture(autouse=True)
def signals():
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_example_keeps_its_rewards_under_its_own_reward(tmp_path, capsys):
    out = tmp_path / "new.jsonl"
    assert launch.main(["rescore", str(EXAMPLE), "--out", str(out)]) == 0
    assert [row["reward"] for row in rows(out)] == [row["reward"] for row in rows(EXAMPLE)]
    assert "0 of 9" in capsys.readouterr().out


def test_another_reward_is_written_and_what_changed_is_shown(tmp_path, capsys):
    out = tmp_path / "new.jsonl"
    assert launch.main(["rescore", str(EXAMPLE), "--reward", "all_passed", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert {row["reward"] for row in rows(out)} == {0.0, 1.0, None}
    assert all(row["before"]["reward"] == old["reward"] for row, old in zip(rows(out), rows(EXAMPLE), strict=True))
    for words in ("4 of 9", "largest changes", "timeout", "lost", "step-0/1"):
        assert words in shown


WRITTEN = {
    "wrote": "unittest",
    "problem": "p",
    "group": "g",
    "code": "assert f(1)",
    "reward": 1.0,
    "size": 1,
    "judged": {"reference": ["passed"], "mutants": [["failed"], ["passed"]]},
}


def test_written_tests_get_the_rewards_for_writers_and_no_others(tmp_path, capsys):
    log, out = tmp_path / "log.jsonl", tmp_path / "new.jsonl"
    log.write_text(EXAMPLE.read_text("utf-8") + json.dumps(WRITTEN) + "\n", encoding="utf-8")
    assert launch.main(["rescore", str(log), "--reward", "newly_killed", "--out", str(out)]) == 0
    assert (rows(out)[-1]["reward"], rows(out)[-1]["before"]["reward"]) == (0.5, 1.0)
    assert rows(out)[0]["reward"] == rows(EXAMPLE)[0]["reward"]
    assert "9 lines were left as they were: the reward is not for programs" in " ".join(capsys.readouterr().out.split())
    assert launch.main(["rescore", str(log), "--reward", '[{"name": "valid"}, {"name": "fraction"}]']) == 2
    assert launch.main(["rescore", str(log)]) == 0
    assert "1 lines were left as they were: the reward is not for written tests" in " ".join(capsys.readouterr().out.split())


def test_a_reward_may_be_a_sum(capsys):
    terms = '[{"name": "fraction"}, {"name": "format", "weight": 0.2}]'
    assert launch.main(["rescore", str(EXAMPLE), "--reward", terms]) == 0
    assert "-0.2 no_code" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([EXAMPLE, "--reward", "best"], "fraction, all_passed"),
        ([EXAMPLE, "--reward", "[{"], "not a list of terms"),
        ([EXAMPLE, "--reward", '[{"nam": 1}]'], "not a list of terms"),
        ([EXAMPLE, "--out", EXAMPLE], "another name"),
        (["nothing.jsonl"], "no such file"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, words, capsys):
    assert launch.main(["rescore", *map(str, arguments)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


def test_programs_lost_while_judged_again_are_null_and_exit_code_3(tmp_path, capsys):
    def rejudge(stored):
        lost = ProgramVerdict((Outcome.LOST,), (0.0,), lost="its box died")
        return Group(stored.problem, tuple(Rollout(lost, code=line.program or "") for line in stored.lines), 1)

    out = tmp_path / "new.jsonl"
    assert rescore(RescoreFiles(EXAMPLE, out), read_reward("fraction"), rejudge, Console()) == 3
    assert {(row["reward"], row["status"], row["message"]) for row in rows(out)} == {(None, "lost", "its box died")}
    assert "9 programs were lost" in capsys.readouterr().out
