"""The Sandbox protocol that the docker and the local sandbox meet."""

from types import TracebackType
from typing import Protocol, Self

from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, BlockResult


class Sandbox(Protocol):
    """Runs blocks of untrusted programs. Cheap to construct; `start` makes it ready; always closed."""

    @property
    def environment(self) -> str:
        """What decides verdicts besides texts and limits: kind of box and digest of its image; part of every block's id."""

    def start(self) -> None:
        """Start the box and its server. Raises EngineError with the remedy."""

    def run(self, block: Block | CaseBlock) -> BlockResult:
        """Run every pair of the block. Raises SandboxLost when the box died; the block may be run again.

        Raises BlockCancelled after `cancel`; the box serves on.
        """

    def cancel(self, block_id: str) -> None:
        """End the block of this id, from any thread; its `run` raises BlockCancelled unless it had a result already.

        A block that is not there yet does not begin; one that has ended stays as it is.
        """

    def close(self) -> None:
        """Kill and remove everything `start` made; safe to call twice."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...
