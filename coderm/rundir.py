"""The run directory: which files it holds, who may write it, and whether it belongs to this run.

Every output appears under its name complete or not at all. One process at a time holds the directory.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coderm.errors import ConfigError, StorageError


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
    def summary(self) -> Path:
        """Figures of the finished run."""
        return self.root / "summary.json"

    @contextmanager
    def claimed(self, identity: dict[str, Any], resolved: dict[str, Any]) -> Iterator[None]:
        """Hold the directory for this run, making it when new; a new one that ends without an answer journaled is removed.

        Raises ConfigError when it belongs to a run with another `identity` (the settings that decide results), StorageError
        when it cannot be written or another process holds it.
        """
        with self._locked() as made:
            new = not self.config.exists()  # asked under the lock: another process may just be making the directory
            if new and any(self.root.iterdir()):
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
    def _locked(self) -> Iterator[bool]:
        """Hold the lock of the directory; yield whether the directory was made for it."""
        try:
            made = self._made()
            handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise StorageError(f"{self.root}: cannot be used as a run directory ({error.strerror}); give another --out") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise StorageError(f"{self.root}: another run is using this directory; wait for it or give another --out") from None
        try:
            yield made
        finally:
            os.close(handle)

    def _made(self) -> bool:
        try:
            self.root.mkdir(parents=True)
        except FileExistsError:
            return False
        return True

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
            for path in (self.config, *self.root.glob("journal.sqlite*")):
                path.unlink(missing_ok=True)
            if made:
                shutil.rmtree(self.root, ignore_errors=True)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file atomically. Raises StorageError naming it."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")  # a lone surrogate as JSON escapes it
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StorageError(f"{path}: cannot be written ({error.strerror}); free some disk space") from None


def _has_answers(journal: Path) -> bool:
    from coderm.journal import Journal

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
