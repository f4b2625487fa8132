"""The directory of a build: one process at a time holds it, and it belongs to one configuration and one content of its sources."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from coderm.data.store import Store
from coderm.errors import StorageError
from coderm.logs import LOG
from coderm.storage.holding import LOCK
from coderm.storage.run_directory import RunDirectory


@dataclass(frozen=True, slots=True)
class BuildDirectory(RunDirectory):
    """Paths inside one build."""

    @property
    def store(self) -> Path:
        """The file that a build goes on from."""
        return self.root / "build.sqlite"

    def _forget_if_empty(self, new: bool, made: bool) -> None:
        """A build that failed before anything was found out leaves nothing behind."""
        if not new or self._has_rows():
            return
        for path in (self.config, self.root / LOG, *self.root.glob(f"{self.store.name}*")):
            path.unlink(missing_ok=True)
        if made and all(path.name == LOCK for path in self.root.iterdir()):
            shutil.rmtree(self.root, ignore_errors=True)

    def _has_rows(self) -> bool:
        if not self.store.exists():
            return False
        try:
            with Store(self.store) as store:
                return store.begun()
        except StorageError:
            return True
