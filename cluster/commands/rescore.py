"""What `coderm rescore` does: stored rollouts in, their rewards under another rule, and a table of what changed."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from coderm.client.contract import RewardTerm
from coderm.config.loader import load_config
from coderm.config.mistakes import told
from coderm.errors import DataError, InfrastructureError, InputError
from coderm.rewards.factory import make_reward
from coderm.rewards.parts import Before
from coderm.rewards.rescoring import Rejudge, Tally, rescored
from coderm.rewards.reward import Reward
from coderm.rewards.rollouts import RolloutLine, read_rollouts
from coderm.rewards.statuses import STATUSES
from coderm.rewards.writers.factory import WRITER_TERMS, check_terms
from coderm.rewards.written_tests import WriterReward, WrittenLine
from coderm.storage.jsonl import jsonl_writer

_TERMS = TypeAdapter(tuple[RewardTerm, ...])


@dataclass(frozen=True, slots=True)
class RescoreFiles:
    """What is read, and where the new lines go; None: nowhere."""

    rollouts: Path
    out: Path | None = None


_KINDS = ("written tests; `--reward valid` is", "programs; `--reward fraction` is")


@dataclass(frozen=True, slots=True)
class JudgeFiles:
    """What programs are judged by again; problems None: they are not."""

    problems: Path | None = None
    tests: Path | None = None


def read_reward(text: str) -> Reward | WriterReward:
    """Return the reward of a name, or of a JSON list of terms as a request holds it, for programs or for written tests.

    Raises InputError with the choices.
    """
    if not text.lstrip().startswith("["):
        return WriterReward((RewardTerm(name=text),)) if text in WRITER_TERMS else make_reward(text)
    try:
        terms = _TERMS.validate_python(json.loads(text))
    except (json.JSONDecodeError, ValidationError, RecursionError) as error:
        why = told(error, "the list", 1) if isinstance(error, ValidationError) else str(error)
        raise InputError(f'--reward: not a list of terms ({why}); write it as [{{"name": "fraction", "weight": 1.0}}]') from None
    if any(term.name in WRITER_TERMS for term in terms):
        check_terms(terms)
        return WriterReward(tuple(terms))
    return make_reward(terms)


def run(
    files: RescoreFiles,
    reward: Reward | WriterReward,
    given: JudgeFiles,
    config: Path | None,
    overrides: list[str],
    console: Console,
) -> int:
    """`coderm rescore`: with problems the programs are judged again, without them the stored outcomes decide."""
    if given.problems is None:
        if given.tests is not None or config is not None or overrides:
            raise InputError("--tests, --config and --set judge programs again, which needs --problems P.jsonl; add it")
        return rescore(files, reward, None, console)
    from cluster.commands.rejudge import rejudging

    loaded = load_config(config, overrides)
    if loaded.sandbox.type == "local":
        print('coderm: sandbox.type = "local" protects nothing: programs run as plain processes of this machine', file=sys.stderr)
    with rejudging(given.problems, given.tests, loaded) as rejudge:
        return rescore(files, reward, rejudge, console)


def rescore(files: RescoreFiles, reward: Reward | WriterReward, rejudge: Rejudge | None, console: Console) -> int:
    """Write the new lines and print what changed; 3 where programs judged now were lost."""
    if not files.rollouts.is_file():
        raise DataError(f"{files.rollouts}: no such file; give the log of rollouts that a service wrote")
    if files.out is not None and files.out.resolve() == files.rollouts.resolve():
        raise InputError(f"{files.out}: would replace what is read; give --out another name")
    tally, lost = Tally(), 0
    with _writer(files.out) as write:
        for line in rescored(read_rollouts(files.rollouts), reward, rejudge, tally):
            lost += rejudge is not None and STATUSES[line.status].caused_by == "service"
            write(line)
    print_tally(tally, console)
    if tally.others:
        console.print(
            f"{tally.others} lines were left as they were: the reward is not for {_KINDS[isinstance(reward, WriterReward)]}"
        )
    if files.out is not None:
        console.print(f"written to {files.out}", soft_wrap=True)
    if lost:
        console.print(f"{lost} programs were lost and have no reward; the same command tries them again", soft_wrap=True)
    return InfrastructureError.exit_code if lost else 0


@contextmanager
def _writer(out: Path | None) -> Iterator[Callable[[RolloutLine | WrittenLine], None]]:
    if out is None:
        yield lambda line: None
        return
    with jsonl_writer(out) as write:
        yield lambda line: write(line.model_dump(mode="json"))


def print_tally(tally: Tally, console: Console) -> None:
    """Print how many rewards changed, from which status to which, and the largest changes."""
    console.print(_figures(tally))
    console.print(_statuses(tally))
    if largest := tally.largest():
        table = _table("largest changes", "group", "program", "before", "after")
        for change in largest:
            table.add_row(change.group, str(change.program), _shown(change.before), _shown(change.after))
        console.print(table)


def _figures(tally: Tally) -> Table:
    table = _table("rewards", "", "before", "after")
    table.add_row("mean (nulls left out)", _number(tally.mean(0)), _number(tally.mean(1)))
    table.add_row("null", f"{tally.nulls[0]:,}", f"{tally.nulls[1]:,}")
    table.add_row("changed", "", f"{tally.changed:,} of {tally.programs:,}")
    return table


def _statuses(tally: Tally) -> Table:
    table = _table("programs by status", "before", "after", "programs")
    for (before, after), count in sorted(tally.statuses.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(before, after, f"{count:,}")
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name)
    return table


def _shown(scored: Before) -> str:
    return f"{_number(scored.reward)} {scored.status}"


def _number(value: float | None) -> str:
    return "null" if value is None else f"{value:.4g}"
