"""The command line as far as it goes without Ray: help, exit codes, one clear line on bad input, nothing left behind."""

import json
import os
import signal
import sys
import threading

import pytest

import launch

STARTER = 'seed = 1\n[problems]\nsource = "starter"\nlimit = 1\n'
SCRIPTED = '[engines.main]\ntype = "scripted"\npath = "r.jsonl"\n'


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    """A working directory of its own; signal handlers as they were."""
    monkeypatch.chdir(tmp_path)
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def coderm(capsys, *arguments):
    """Run one command in this process; return exit code and standard error."""
    before = "ray" in sys.modules
    code = launch.main([str(argument) for argument in arguments])
    assert ("ray" in sys.modules) == before
    return code, capsys.readouterr().err


@pytest.fixture
def files(tmp_path):
    def write(name, content):
        path = tmp_path / name
        rows = content if isinstance(content, str) else "".join(json.dumps(row) + "\n" for row in content)
        path.write_text(rows)
        return path

    write("p.jsonl", [{"task_id": "p/0", "question": "q", "entry_point": "f"}])
    write("c.jsonl", [{"task_id": "p/0", "solutions": ["def f(): return 1"]}])
    return write


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--help"], ["run", "score", "report", "doctor", "gc", "coderm run examples/demo.toml --out runs/demo"]),
        (["run", "--help"], ["CONFIG.toml", "--set a.b=c", "--out DIR", "resumed"]),
        (["score", "--help"], ["--problems", "--candidates", "--tests", "EvalPlus", "without it the models write them"]),
        (["report", "--help"], ["--curve", "DIR"]),
        (["doctor", "--help"], ["--config"]),
        (["gc", "--help"], ["--all"]),
        (["probe", "--help"], ["train", "eval", "coderm probe eval --probe runs/probe --from runs/recorded"]),
        (
            ["probe", "train", "--help"],
            ["--from", "--jsonl", "--model", "--layers", "middle layers", "--view", "--states", "--seed"],
        ),
        (["probe", "eval", "--help"], ["--probe", "the shipped one", "--from", "--jsonl", "--json FILE"]),
    ],
)
def test_help_says_what_a_command_takes(capsys, arguments, said):
    with pytest.raises(SystemExit) as ended:
        launch.main(arguments)
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert [word for word in said if word not in text] == []


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run"], ["score", "--problems", "p.jsonl"], ["run", "a.toml", "--fast"]])
def test_arguments_that_make_no_command_exit_2(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        launch.main(arguments)
    assert ended.value.code == 2
    assert "usage: coderm" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("config", "extra", "complaint"),
    [
        (None, [], "run.toml: no such config file"),
        ("seed =", [], "run.toml: not readable as TOML"),
        ("sed = 3", [], "run.toml: sed: unknown key"),
        (STARTER, ["--set", "policy.samples=many"], "policy.samples: Input should be a valid integer"),
        (STARTER, ["--set", "policy"], "--set policy: write it as section.key=value"),
        (STARTER, [], "policy.engine = 'main': there is no [engines.main] in the config"),
        (STARTER + SCRIPTED, [], "r.jsonl: cannot be read (No such file or directory)"),
        (STARTER + SCRIPTED, ["--set", "problems.only=['nobody']"], "no problem named nobody"),
        (
            STARTER + SCRIPTED,
            ["--set", "coderm.engine=other"],
            "coderm.engine = 'other': there is no [engines.other] in the config; name one of those there: main",
        ),
        (STARTER + SCRIPTED, ["--set", "problems={source='jsonl', path='none.jsonl'}"], "none.jsonl: no such file"),
        (STARTER + SCRIPTED, ["--set", "policy.prompt.template={answer}"], "unknown placeholder {answer}"),
    ],
)
def test_a_run_on_bad_input_is_one_clear_line_and_exit_2(capsys, files, tmp_path, config, extra, complaint):
    if config is not None:
        files("run.toml", config)
    code, error = coderm(capsys, "run", "run.toml", "--out", "out", *extra)
    assert code == 2
    assert error.startswith("coderm: ")
    assert complaint in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "rows", "complaint"),
    [
        ("p.jsonl", "", "p.jsonl: is empty"),
        ("p.jsonl", "{\n", "p.jsonl:1: not valid JSON"),
        ("p.jsonl", [{"task_id": "p/0", "question": "q"}] * 2, "p.jsonl:2: task_id 'p/0' is already at"),
        ("c.jsonl", "", "c.jsonl: holds no text for any problem"),
        ("c.jsonl", '{"task_id": "p/0", "solutions": [\n', "c.jsonl:1: not valid JSON"),
        ("c.jsonl", [{"task_id": "p/0", "solutions": [3]}], "c.jsonl:1: solutions[0]"),
        ("c.jsonl", [{"task_id": "p/9", "solutions": ["a"]}], "c.jsonl:1: task_id 'p/9' is not among the problems"),
        ("t.jsonl", [{"task_id": "p/0", "unit_tests": "t"}], "t.jsonl:1: field 'unit_tests' must be list"),
    ],
)
def test_a_score_of_bad_files_names_file_and_line_and_exits_2(capsys, files, tmp_path, name, rows, complaint):
    files("t.jsonl", [{"task_id": "p/0", "unit_tests": ["assert f() == 1"]}])
    files(name, rows)
    arguments = ["--problems", "p.jsonl", "--candidates", "c.jsonl", "--tests", "t.jsonl", "--out", "out"]
    code, error = coderm(capsys, "score", *arguments)
    assert code == 2
    assert complaint in error
    assert not (tmp_path / "out").exists()


def test_a_score_of_a_file_that_is_not_there_exits_2(capsys, files):
    code, error = coderm(capsys, "score", "--problems", "p.jsonl", "--candidates", "none.jsonl")
    assert (code, error) == (2, "coderm: none.jsonl: no such file; check the name given\n")


def test_a_score_without_tests_and_without_an_engine_says_what_is_missing(capsys, files):
    code, error = coderm(capsys, "score", "--problems", "p.jsonl", "--candidates", "c.jsonl", "--out", "out")
    assert code == 2
    assert "there is no [engines.main]" in error


def test_a_problems_file_may_have_any_name(capsys, files):
    name = 'p "quoted" \\ é.jsonl'
    files(name, [{"task_id": "p/0", "question": "q"}, {"task_id": "p/0", "question": "q"}])
    code, error = coderm(capsys, "score", "--problems", name, "--candidates", "c.jsonl", "--out", "out")
    assert code == 2
    assert f"{name}:2: task_id 'p/0' is already at" in error


def test_a_run_directory_of_another_run_is_refused(capsys, files, tmp_path):
    files("run.toml", STARTER + SCRIPTED)
    files("r.jsonl", [])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "config.json").write_text('{"identity": {"seed": 2}}')
    code, error = coderm(capsys, "run", "run.toml", "--out", "out")
    assert code == 2
    assert "was made with other settings" in error
    assert "seed" in error


def test_a_report_of_no_run_exits_2(capsys, tmp_path):
    code, error = coderm(capsys, "report", tmp_path)
    assert code == 2
    assert "the run has not finished" in error


def test_an_interrupt_exits_130_and_says_how_to_go_on(capsys, tmp_path):
    os.mkfifo(tmp_path / "summary.json")  # reading it waits for ever
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    code, error = coderm(capsys, "report", tmp_path)
    timer.join()
    assert code == 130
    assert "the same command resumes" in error


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        launch.main(["--version"])
    assert capsys.readouterr().out.startswith("coderm 0.")
