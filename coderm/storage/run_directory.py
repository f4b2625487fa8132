"""The run directory: which files it holds, who may write it, and whether it belongs to this run.

Every output appears under its name complete or not at all. One process at a time holds the directory.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coderm.errors import ConfigError, StorageError
from coderm.logs import LOG
from coderm.storage.atomic import write_json
from coderm.storage.holding import LOCK, held, lock_fault

LOGGED, WANDB = "log.jsonl", "wandb"
"""What loggers keep in the directory: the file of `jsonl`, the folder of Weights & Biases."""


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """Paths inside one run directory."""

    root: Path

    @property
    def config(self) -> Path:
        """The resolved config the directory was made with."""
        return self.root / "config.json"

    @property
    def journal(self) -> Path:
        """The journal that a resumed run replays."""
        return self.root / "journal.sqlite"

    @property
    def packages_lock(self) -> Path:
        """Exact versions of the packages in the sandbox; absent without any."""
        return self.root / "packages.lock"

    @property
    def progress(self) -> Path:
        """How far a run that goes on is; of a run that was broken off, how far it came."""
        return self.root / "progress.json"

    @property
    def summary(self) -> Path:
        """Figures of the finished run."""
        return self.root / "summary.json"

    @contextmanager
    def claimed(self, identity: dict[str, Any], resolved: dict[str, Any]) -> Iterator[None]:
        """Hold the directory for this run, making it when new; a new one that ends without an answer journaled is removed.

        Raises ConfigError when it belongs to a run with another `identity` (the settings that decide results), StorageError
        when it cannot be written or another process holds it.
        """
        with self._held() as made:
            new = not self.config.exists()  # asked under the lock: another process may just be making the directory
            if new and any(path.name != LOCK for path in self.root.iterdir()):
                raise ConfigError(f"{self.root}: not empty and no run directory; give another --out")
            try:
                if not new:
                    self._check(identity)
                write_json(self.config, {"identity": identity, **resolved})
                yield
            except BaseException:
                self._forget_if_empty(new, made)
                raise

    @contextmanager
    def _held(self) -> Iterator[bool]:
        """Hold the directory; yield whether it was made for it."""
        try:
            made = not self.root.exists()
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise lock_fault(self.root, error) from None
        with held(self.root):
            yield made

    def _check(self, identity: dict[str, Any]) -> None:
        try:
            stored = dict(json.loads(self.config.read_text(encoding="utf-8"))["identity"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StorageError(f"{self.config}: not readable ({error}); give another --out") from None
        if stored != json.loads(json.dumps(identity)):
            keys = ", ".join(sorted(_differences(stored, json.loads(json.dumps(identity)))))
            raise ConfigError(
                f"{self.root}: was made with other settings ({keys}); give another --out, or the same settings to resume"
            )

    def _forget_if_empty(self, new: bool, made: bool) -> None:
        if new and not _has_answers(self.journal):
            written = (self.config, self.packages_lock, self.progress, self.root / LOG, self.root / LOGGED)
            for path in (*written, *self.root.glob("journal.sqlite*")):
                path.unlink(missing_ok=True)
            shutil.rmtree(self.root / WANDB, ignore_errors=True)
            if made:
                shutil.rmtree(self.root, ignore_errors=True)


def _has_answers(journal: Path) -> bool:
    from coderm.storage.journal import Journal

    if not journal.exists() or not journal.stat().st_size:  # a full disk leaves an empty file
        return False
    try:
        with Journal(journal, readonly=True) as opened:
            return opened.has_answers()
    except StorageError:
        return True


def _differences(old: dict[str, Any], new: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key in old.keys() | new.keys():
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _differences(before, after, f"{prefix}{key}.")
        elif before != after:
            yield f"{prefix}{key}"
