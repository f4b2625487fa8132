"""Arguments of `coderm audit` and `coderm eval-tests`."""

from pathlib import Path
from typing import Any

from cluster.arguments.shared import RAW, overrides

_AUDIT_EXAMPLES = """examples:
  coderm audit starter --out /tmp/audit                 the shipped problems; mutants of their references and probes, no model
  coderm audit P.jsonl --candidates C.jsonl --out audits/p --fail-on wrong_tests=0 leaks=0
  coderm audit P.jsonl --tests T.jsonl --candidates runs/mine --runs 5
  coderm audit P.jsonl --sample 16 --config CONFIG.toml    the configured policy writes the candidates
"""

_EVAL_TESTS_EXAMPLES = """examples:
  coderm eval-tests qwen=examples/recorded.jsonl --problems starter --candidates examples/recorded.jsonl --out /tmp/writers
  coderm eval-tests before=runs/before after=runs/after --problems P.jsonl --candidates C.jsonl
  coderm eval-tests mine=T.jsonl live=writer.toml --problems P.jsonl --candidates C.jsonl --tests-per-problem 16
"""


def add_audit(commands: Any) -> None:
    """Add those of `audit`."""
    audit = commands.add_parser(
        "audit",
        help="find what is wrong with the tests of problems",
        description="Run right, wrong and given programs against the tests of problems, and say what is wrong with the tests; "
        "docs/audit.md explains every figure. Exit code 1: a figure is above its threshold.",
        epilog=_AUDIT_EXAMPLES,
        formatter_class=RAW,
    )
    audit.add_argument(
        "problems", type=Path, metavar="P.jsonl", help="problems with tests, in any format (`starter`: those shipped)"
    )
    audit.add_argument("--tests", type=Path, metavar="T.jsonl", help="audit these tests instead of the problems' own")
    audit.add_argument("--candidates", type=Path, metavar="C.jsonl|DIR", help="programs to show them, or a run directory")
    audit.add_argument("--labels", type=Path, metavar="L.jsonl", help="{task_id, correct}: which are right, by better tests")
    audit.add_argument("--sample", type=int, default=0, metavar="N", help="have --config's policy write N candidates a problem")
    audit.add_argument(
        "--benchmarks", type=Path, nargs="+", default=[], metavar="B.jsonl", help="name the problems that these hold, too"
    )
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
    overrides(audit)


def add_eval_tests(commands: Any) -> None:
    """Add those of `eval-tests`."""
    evaluate = commands.add_parser(
        "eval-tests",
        help="measure the tests of one or several writers on the same programs",
        description="Judge what writers of tests wrote on the same candidates and mutants, and print their figures side by side "
        "with paired intervals; docs/eval_tests.md explains every figure.",
        epilog=_EVAL_TESTS_EXAMPLES,
        formatter_class=RAW,
    )
    evaluate.add_argument(
        "writers",
        nargs="+",
        metavar="[NAME=]PATH",
        help="a run directory, recorded answers, {task_id, unit_tests} lines, or a config that writes; the first is the baseline",
    )
    evaluate.add_argument("--problems", type=Path, required=True, metavar="P.jsonl", help="problems with checks (or `starter`)")
    evaluate.add_argument(
        "--candidates",
        type=Path,
        required=True,
        metavar="C.jsonl|DIR",
        help="programs to judge, a run directory, or recorded answers",
    )
    evaluate.add_argument("--mutants", type=int, default=32, metavar="K", help="most mutants of a reference (default: 32)")
    evaluate.add_argument(
        "--tests-per-problem", type=int, default=16, metavar="M", help="tests that a config's engine is to write (default: 16)"
    )
    evaluate.add_argument("--rule", default="coderm", metavar="NAME", help="selection rule of best-of-N (default: coderm)")
    evaluate.add_argument(
        "--out",
        type=Path,
        default=Path("eval-tests"),
        metavar="DIR",
        help="eval_tests.json, eval_tests.html, charts (default: eval-tests)",
    )
    evaluate.add_argument("--config", type=Path, metavar="CONFIG.toml", help="sandbox, limits and seed")
    overrides(evaluate)
