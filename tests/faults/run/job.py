"""The job of the trials: four problems with recorded generations, and what it says in the end."""

import json
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq
from cli import PATIENCE_S, ROOT, write_config

from faults.run.field import Alone

SMALL = ("--set", "sandbox.block_pairs=3", "--set", "cluster.log_level=debug")
"""Blocks small enough that a kill meets some of them before, some under and some after it; a log that tells every call."""
MODEL = (
    *("--set", "problems.limit=2", "--set", "policy.samples=2", "--set", 'policy.engine="model"'),
    *("--set", "policy.sampling.max_tokens=96", "--set", 'engines.model.type="vllm"', "--set", 'engines.model.model="smollm2"'),
    *("--set", "engines.model.max_model_len=1024", "--set", "engines.model.kv_cache_gb=0.25", "--set", "cluster.executors=1"),
)
"""Programs by a model, which takes a CPU; what is asked for again has the same seed."""


@dataclass(frozen=True)
class Ending:
    """What a finished run says: every verdict, the choice, and how often each call to a worker was begun."""

    matrix: list[tuple[Any, ...]]
    choice: str
    labels: str
    begun: Counter[str]

    @property
    def repeated(self) -> int:
        """Calls to workers that were begun again."""
        return sum(self.begun.values()) - len(self.begun)

    def differs(self, other: "Ending") -> list[str]:
        """What is not as in another run."""
        return [name for name in ("matrix", "choice", "labels") if getattr(self, name) != getattr(other, name)]


class Job:
    """One run directory, and the command that works on it."""

    def __init__(self, folder: Path, where: Alone, *more: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.out = folder / "run"
        self._config = write_config(folder, where.address)
        self._more = (*SMALL, *more)
        self._where = where
        self.process: subprocess.Popen[str] | None = None
        self.said: list[str] = []

    def start(self) -> None:
        """Start the command; the same one, however often."""
        words = [sys.executable, str(ROOT / "launch.py"), "run", str(self._config), "--out", str(self.out), *self._more]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            words, cwd=ROOT, env=self._where.env, stdout=pipe, stderr=pipe, text=True, start_new_session=True
        )
        self._where.owners.add(str(self.process.pid))

    def driver(self) -> list[psutil.Process]:
        """The process of the command."""
        return [psutil.Process(self.process.pid)] if self.process and self.process.poll() is None else []

    def over(self) -> bool:
        """Whether the command has ended."""
        return self.process is None or self.process.poll() is not None

    def end(self) -> int:
        """Wait for the command; return its exit code."""
        assert self.process is not None
        out, err = self.process.communicate(timeout=PATIENCE_S)
        self.said.append(out + err)
        return self.process.returncode

    def answers(self) -> int:
        """Commands whose answer is in the journal."""
        try:
            with closing(sqlite3.connect(f"file:{self.out}/journal.sqlite?mode=ro", uri=True)) as database:
                return int(database.execute("select count(*) from answers").fetchone()[0])
        except sqlite3.OperationalError:
            return 0

    def ending(self) -> Ending:
        """Read the files of a finished run."""
        columns = ["task_id", "candidate", "test", "outcome", "grading"]
        rows = pq.read_table(self.out / "matrix.parquet", columns=columns).to_pylist()
        choice, labels = ((self.out / f"{name}.jsonl").read_text("utf-8") for name in ("selected", "labels"))
        begun = re.findall(r'"call begun" .*call=(\S+)', (self.out / "run.log").read_text("utf-8"))
        return Ending([tuple(row.values()) for row in rows], choice, labels, Counter(begun))

    def summary(self) -> dict[str, Any]:
        """The figures of the finished run."""
        return dict(json.loads((self.out / "summary.json").read_text("utf-8")))
