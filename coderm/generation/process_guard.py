"""Ends an engine's child processes and removes their sockets, however this process ends.

vLLM's engine core does not notice that its parent was killed; it would keep the weights in memory for ever. So every process
of the engine carries a mark in its environment, from the first moment of start-up on, and a janitor ends what carries it. The
janitor also removes the directory in which vLLM keeps its sockets, since vLLM itself leaves them.
"""

import os
import secrets

from coderm.janitor import Janitor, kept_directory, sweep

MARK = "CODERM_ENGINE_MARK"
"""Environment variable that every process of one engine inherits."""
SOCKETS = "VLLM_RPC_BASE_PATH"
"""Environment variable that tells vLLM where to put its sockets."""


class EngineGuard:
    """Marks child processes started between `open` and `unmark` and houses their sockets; `close` ends what is left of both."""

    def __init__(self) -> None:
        self._janitor: Janitor | None = None
        self._mark = ""

    def open(self) -> None:
        """Start the janitor and mark every process started from now on."""
        self._mark = secrets.token_hex(16)
        sockets, self._janitor = kept_directory("coderm-engine-", f"{MARK}={self._mark}")
        os.environ |= {MARK: self._mark, SOCKETS: sockets}

    def unmark(self) -> None:
        """Leave later child processes of this one alone; another guard's mark stays."""
        if os.environ.get(MARK) == self._mark:
            for name in (MARK, SOCKETS):
                os.environ.pop(name, None)

    def kill(self) -> None:
        """End what is marked now; what is started later is still marked, and ended by `close` or with this process."""
        if self._janitor is not None:
            sweep(f"{MARK}={self._mark}")

    def close(self) -> None:
        """End what is left of the engine and wait until it is gone; safe to call twice."""
        janitor, self._janitor = self._janitor, None
        self.unmark()
        if janitor is not None:
            janitor.close()
