"""The command line's arguments."""

import argparse
from pathlib import Path
from typing import Any

import coderm

_EXAMPLES = """examples:
  coderm run examples/demo.toml --out runs/demo         generate, run, choose (again on the same DIR: resume)
  coderm run examples/paper.toml --set budget.per_problem=32 --set cluster.address=auto
  coderm score --problems P.jsonl --candidates C.jsonl --tests T.jsonl --out runs/mine
  coderm report runs/demo
  coderm show runs/demo starter/even-total              one problem: who passed what, who was chosen
  coderm compare runs/demo runs/other                   paired differences, what changed, which settings differ
  coderm probe train --from runs/recorded --model smollm2 --layers 15 --out runs/probe
  coderm train examples/train_tiny.toml                 fine-tune a test writer (again: resume)
  coderm doctor                                         what this machine has, what is missing, what to type
"""


_PROBE_EXAMPLES = """examples:
  coderm probe train --from runs/recorded --model smollm2 --layers 15 --out runs/probe    label: pass rate of the candidates
  coderm probe train --jsonl candidates.jsonl --out runs/cheap                            features that cost no model
  coderm probe eval --probe runs/probe --from runs/other                                  against the constant predictor
"""


_RESCORE_EXAMPLES = """examples:
  coderm rescore examples/rollouts.jsonl --reward all_passed --out /tmp/rescored.jsonl    another reward; nothing is run
  coderm rescore examples/rollouts.jsonl --reward '[{"name": "fraction"}, {"name": "format", "weight": 0.2}]'
  coderm rescore examples/rollouts.jsonl --problems starter --set sandbox.check_cpu_s=1    judged again
"""


_BANK_EXAMPLES = """examples:
  coderm bank list bank                                 every problem with its tests, and what was bought for it
  coderm bank show bank HumanEval/0                     its tests with their statistics, and its versions
  coderm bank show bank HumanEval/0 --version 3         the texts of the tests that judged it then
  coderm bank verify bank                               whether everything is there and unchanged
"""


_TRAIN_EXAMPLES = """examples:
  coderm train examples/train_tiny.toml --set optimisation.max_steps=2 --out runs/tiny    a few steps of LoRA on the CPU

What was trained is in DIR/model (DIR/adapter for LoRA), which vLLM loads. The same command goes on from the newest checkpoint.
"""


_EXPORT_EXAMPLES = """examples:
  coderm export runs/demo --to evalplus --out samples.jsonl           the chosen programs, for evalplus.evaluate
  coderm export runs/demo --to datasets --out runs/demo-data          parquet files and a card, for datasets.load_dataset
"""


_COMPARE_EXAMPLES = """examples:
  coderm compare runs/first runs/second                               accuracy, paired differences, settings that differ
  coderm compare runs/first runs/second --page runs/compared.html     also as a page with every problem
"""


_AUDIT_EXAMPLES = """examples:
  coderm audit starter --out /tmp/audit                 the shipped problems; mutants of their references and probes, no model
  coderm audit P.jsonl --candidates C.jsonl --out audits/p --fail-on wrong_tests=0 leaks=0
  coderm audit P.jsonl --tests T.jsonl --candidates runs/mine --runs 5
  coderm audit P.jsonl --sample 16 --config CONFIG.toml    the configured policy writes the candidates
"""


_RAW = argparse.RawDescriptionHelpFormatter


def parser() -> argparse.ArgumentParser:
    """Build the argument parser."""
    top = argparse.ArgumentParser(
        prog="coderm",
        description="Choose the right program among many: generate unit tests, run every program against every test, vote.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {coderm.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _job_commands(commands)
    _other_commands(commands)
    _reward_commands(commands)
    _quality_commands(commands)
    _probe_commands(commands)
    _study_commands(commands)
    _bank_commands(commands)
    _train_command(commands)
    return top


def _job_commands(commands: Any) -> None:
    run = commands.add_parser("run", help="run a config from problems to chosen programs")
    run.add_argument("config", type=Path, metavar="CONFIG.toml", help="settings; see examples/")
    run.add_argument(
        "--dry-run",
        action="store_true",
        help="print who would get how many tests and what that costs; no test is written (candidates are, where a probe looks "
        "at them; the run goes on from them)",
    )
    _run_options(run)
    score = commands.add_parser("score", help="judge your own candidates, with your tests or generated ones")
    score.add_argument("--problems", type=Path, required=True, metavar="P.jsonl", help="problems; the format is recognised")
    score.add_argument(
        "--candidates", type=Path, required=True, metavar="C.jsonl", help="{task_id, solutions: [..]} or EvalPlus samples"
    )
    score.add_argument(
        "--tests", type=Path, metavar="T.jsonl", help="{task_id, unit_tests: [..]}; without it the models write them"
    )
    score.add_argument("--config", type=Path, metavar="CONFIG.toml", help="further settings (engines for generated tests)")
    _run_options(score)


def _other_commands(commands: Any) -> None:
    report = commands.add_parser("report", help="print the figures of a run directory")
    report.add_argument("directory", type=Path, metavar="DIR")
    report.add_argument(
        "--why", metavar="TASK", help="of one problem: who was chosen and why, and what every pair that did not pass ended with"
    )
    report.add_argument("--curve", action="store_true", help="also best-of-N against the number of tests (resampled)")
    show = commands.add_parser("show", help="one problem of a run in the terminal: pass matrix, choice, runner-up")
    show.add_argument("directory", type=Path, metavar="DIR")
    show.add_argument("task", metavar="TASK", help="the problem's task_id")
    compare = commands.add_parser(
        "compare", help="set runs side by side, problem by problem", epilog=_COMPARE_EXAMPLES, formatter_class=_RAW
    )
    compare.add_argument("directories", type=Path, nargs="+", metavar="DIR", help="run directories; the first is the base")
    compare.add_argument("--page", type=Path, metavar="FILE.html", help="write a page with every problem there")
    compare.add_argument("--json", type=Path, metavar="FILE.json", help="write all figures there")
    export = commands.add_parser(
        "export", help="write a run in another project's format", epilog=_EXPORT_EXAMPLES, formatter_class=_RAW
    )
    export.add_argument("directory", type=Path, metavar="DIR", help="directory of a finished run")
    export.add_argument(
        "--to", required=True, metavar="FORMAT", help="evalplus, livecodebench, coderm-solutions, coderm-tests or datasets"
    )
    export.add_argument("--out", type=Path, required=True, metavar="PATH", help="a file; for datasets a folder")
    export.add_argument("--all", action="store_true", help="all candidates in place of the chosen one")
    doctor = commands.add_parser("doctor", help="check engine, image, limits, Ray, models; say what to type")
    doctor.add_argument("--config", type=Path, metavar="CONFIG.toml", help="check what this config needs")
    gc = commands.add_parser("gc", help="remove containers that dead runs left behind (only this project's)")
    gc.add_argument("--all", action="store_true", help="also those of runs that are alive")


def _reward_commands(commands: Any) -> None:
    rescore = commands.add_parser(
        "rescore",
        help="compute the rewards of stored rollouts again",
        description="Compute the rewards of stored rollouts again, and print what changed; docs/rewards.md has the format.",
        epilog=_RESCORE_EXAMPLES,
        formatter_class=_RAW,
    )
    rescore.add_argument("rollouts", type=Path, metavar="ROLLOUTS.jsonl", help="a line a program, as the service logs them")
    rescore.add_argument(
        "--reward", default="fraction", metavar="NAME|JSON", help="a term, or a JSON list of terms (default: fraction)"
    )
    rescore.add_argument("--out", type=Path, metavar="NEW.jsonl", help="where the new lines go (default: nowhere)")
    rescore.add_argument(
        "--problems",
        type=Path,
        metavar="P.jsonl",
        help="judge the programs again, by these problems' checks (`starter`: those shipped)",
    )
    rescore.add_argument(
        "--tests", type=Path, metavar="T.jsonl", help="{task_id, unit_tests: [..]}: by these instead of the checks"
    )
    rescore.add_argument("--config", type=Path, metavar="CONFIG.toml", help="sandbox and limits of programs that are judged again")
    rescore.add_argument(
        "--set", action="append", default=[], metavar="a.b=c", dest="overrides", help="override one setting; repeatable"
    )
    serve = commands.add_parser("serve", help="answer trainers over HTTP: programs in, rewards out, until told to stop")
    serve.add_argument("config", type=Path, metavar="CONFIG.toml", help="settings; see examples/serve.toml")
    serve.add_argument("--dashboard", type=Path, metavar="FILE", help="only write the service's Grafana dashboard there")
    serve.add_argument(
        "--set", action="append", default=[], metavar="a.b=c", dest="overrides", help="override one setting; repeatable"
    )
    status = commands.add_parser(
        "status", help="print the figures of a running service; its token is read from CODERM_SERVICE_TOKEN"
    )
    status.add_argument("--url", default="", help="(default: CODERM_SERVICE_URL, else http://127.0.0.1:8000)")


def _quality_commands(commands: Any) -> None:
    audit = commands.add_parser(
        "audit",
        help="find what is wrong with the tests of problems",
        description="Run right, wrong and given programs against the tests of problems, and say what is wrong with the tests; "
        "docs/audit.md explains every figure. Exit code 1: a figure is above its threshold.",
        epilog=_AUDIT_EXAMPLES,
        formatter_class=_RAW,
    )
    audit.add_argument(
        "problems", type=Path, metavar="P.jsonl", help="problems with tests, in any format (`starter`: those shipped)"
    )
    audit.add_argument("--tests", type=Path, metavar="T.jsonl", help="audit these tests instead of the problems' own")
    audit.add_argument("--candidates", type=Path, metavar="C.jsonl|DIR", help="programs to show them, or a run directory")
    audit.add_argument("--labels", type=Path, metavar="L.jsonl", help="{task_id, correct}: which are right, by better tests")
    audit.add_argument("--sample", type=int, default=0, metavar="N", help="have --config's policy write N candidates a problem")
    audit.add_argument("--mutants", type=int, default=32, metavar="K", help="most mutants of a reference (default: 32)")
    audit.add_argument(
        "--runs", type=int, default=2, metavar="K", help="runs of each candidate, to find unsteady tests (default: 2)"
    )
    audit.add_argument("--group", type=int, default=8, metavar="G", help="candidates that a trainer compares (default: 8)")
    audit.add_argument("--whole", action="store_true", help="do not take tests apart into single assertions")
    audit.add_argument(
        "--fail-on",
        nargs="+",
        default=[],
        metavar="NAME=MAX",
        help="exit with 1 where a figure is above MAX; names as in the table",
    )
    audit.add_argument(
        "--out", type=Path, default=Path("audit"), metavar="DIR", help="audit.json, audit.html, smallest.jsonl (default: audit)"
    )
    audit.add_argument("--config", type=Path, metavar="CONFIG.toml", help="sandbox and limits, and the policy that samples")
    audit.add_argument(
        "--set", action="append", default=[], metavar="a.b=c", dest="overrides", help="override one setting; repeatable"
    )


def _study_commands(commands: Any) -> None:
    study = commands.add_parser("study", help="measure every rule and gain model on recorded problems with labels")
    study.add_argument("--problems", type=Path, required=True, metavar="P.jsonl", help="problems; the format is recognised")
    study.add_argument("--candidates", type=Path, metavar="C.jsonl", help="candidates (default: those beside the matrix)")
    study.add_argument("--tests", type=Path, metavar="T.jsonl", help="tests; run first when no matrix is given")
    study.add_argument("--labels", type=Path, metavar="L.jsonl", help="{task_id, correct: [0 or 1]} (default: beside the matrix)")
    study.add_argument("--matrix", type=Path, metavar="PATH", help="matrix.parquet, or the run directory that holds it")
    study.add_argument(
        "--predicted",
        type=Path,
        metavar="F.jsonl",
        help="{task_id, lambda}: a probe's predictions for problems it was not trained on",
    )
    study.add_argument(
        "--examples",
        type=Path,
        metavar="DIR",
        help="pass matrix of the examples the questions show; made there if absent (without --matrix: made in any case)",
    )
    study.add_argument(
        "--among-examples",
        action="store_true",
        help="choose among the candidates that pass the most visible examples, as selection.examples does",
    )
    study.add_argument("--rule", action="append", default=[], dest="rules", metavar="NAME", help="study this rule; repeatable")
    study.add_argument("--splits", type=int, default=20, metavar="K", help="random halves (default: 20)")
    study.add_argument("--draws", type=int, default=20, metavar="K", help="orders in which tests are drawn (default: 20)")
    study.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same figures (default: 0)")
    study.add_argument(
        "--out", type=Path, default=Path("study"), metavar="DIR", help="study.html, study.json, charts (default: study)"
    )
    simulate = commands.add_parser("simulate", help="compare rules and gain models on simulated problems")
    simulate.add_argument("--writer", default="coderm-8b", metavar="NAME", help="test writer of docs/dynamic_scaling.md")
    for name, size in (("problems", 2000), ("candidates", 100), ("tests", 100)):
        simulate.add_argument(f"--{name}", type=int, default=size, metavar="K", help=f"(default: {size})")
    simulate.add_argument("--rule", default="robust", metavar="NAME", help="rule of the gain models' table (default: robust)")
    simulate.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same problems (default: 0)")
    simulate.add_argument("--out", type=Path, metavar="DIR", help="also write simulation.json here")


def _probe_commands(commands: Any) -> None:
    probe = commands.add_parser(
        "probe", help="train or evaluate the difficulty probe", epilog=_PROBE_EXAMPLES, formatter_class=_RAW
    )
    actions = probe.add_subparsers(dest="action", required=True, metavar="train|eval")
    _probe_train(actions)
    _probe_eval(actions)


def _bank_commands(commands: Any) -> None:
    bank = commands.add_parser(
        "bank", help="look at a test bank; works while a server writes to it", epilog=_BANK_EXAMPLES, formatter_class=_RAW
    )
    actions = bank.add_subparsers(dest="action", required=True, metavar="list|show|verify")
    told = {"list": "print every problem", "show": "print one problem", "verify": "check that everything is there and unchanged"}
    for name, text in told.items():
        action = actions.add_parser(name, help=text, epilog=_BANK_EXAMPLES, formatter_class=_RAW)
        action.add_argument("directory", type=Path, metavar="DIR", help="directory of the bank")
        if name == "show":
            action.add_argument("problem", metavar="ID", help="id of the problem")
            action.add_argument("--version", type=int, metavar="N", help="print the texts of this version of its tests")


def _train_command(commands: Any) -> None:
    train = commands.add_parser("train", help="fine-tune a test writer", epilog=_TRAIN_EXAMPLES, formatter_class=_RAW)
    train.add_argument("config", type=Path, metavar="CONFIG.toml", help="settings of docs/training.md; see examples/")
    train.add_argument("--out", type=Path, metavar="DIR", help="checkpoints, figures and the model (default: runs/train-CONFIG)")
    train.add_argument(
        "--set", action="append", default=[], metavar="a.b=c", dest="overrides", help="override one setting; repeatable"
    )


def _probe_train(actions: Any) -> None:
    train = actions.add_parser(
        "train", help="train a probe on candidates with labels", epilog=_PROBE_EXAMPLES, formatter_class=_RAW
    )
    _probe_data(train)
    train.add_argument(
        "--also",
        type=Path,
        nargs="+",
        default=[],
        metavar="RUN_DIR",
        help="train on these run directories too, but score on the others alone (another policy's programs)",
    )
    train.add_argument("--model", metavar="NAME", help="model whose hidden states are read; without it cheap features only")
    train.add_argument(
        "--layers",
        type=int,
        nargs="+",
        default=[-1],
        metavar="K",
        help="layers read, concatenated: 0 is the embedding, negative from the end; middle layers tend to be best (default: -1)",
    )
    train.add_argument("--token", choices=("last", "mean"), default="last", help="which token's state (default: last)")
    train.add_argument(
        "--view",
        choices=("problem", "problem_candidate", "mean_candidates"),
        default="mean_candidates",
        help="what is shown: the problem, with the first candidate, or the mean over several (default: mean_candidates)",
    )
    train.add_argument("--candidates", type=int, default=4, metavar="N", help="most candidates shown (default: 4)")
    train.add_argument("--max-tokens", type=int, default=1024, metavar="N", help="longest text; its end is kept (default: 1024)")
    train.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same data: the same probe (default: 0)")
    train.add_argument(
        "--set", action="append", default=[], metavar="key=value", dest="overrides", help="a setting of docs/probe.md; repeatable"
    )
    train.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the probe and report.json go")


def _probe_eval(actions: Any) -> None:
    evaluate = actions.add_parser(
        "eval", help="score a trained probe on candidates with labels", epilog=_PROBE_EXAMPLES, formatter_class=_RAW
    )
    evaluate.add_argument("--probe", type=Path, metavar="DIR", help="a trained probe (default: the shipped one, for smollm2)")
    _probe_data(evaluate)
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    evaluate.add_argument(
        "--predicted",
        type=Path,
        metavar="F.jsonl",
        help="also write {task_id, lambda}, cross-validated on these problems, for `coderm study --predicted`",
    )


def _probe_data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--from", type=Path, nargs="+", default=[], metavar="RUN_DIR", dest="runs", help="run directories of problems with checks"
    )
    command.add_argument(
        "--jsonl", type=Path, nargs="+", default=[], metavar="FILE", help="{task_id, question, prompt, candidates, correct} a line"
    )
    command.add_argument(
        "--states", type=Path, metavar="FILE.npz", help="keep hidden states here, and read those that are there already"
    )


def _run_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", type=Path, metavar="DIR", help="run directory; an existing one of the same run is resumed")
    command.add_argument(
        "--set", action="append", default=[], metavar="a.b=c", dest="overrides", help="override one setting; repeatable"
    )
