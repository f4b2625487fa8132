"""The executor: leases one sandbox and runs blocks in it. Stateless between blocks, so any block may be sent to any executor."""

from coderm.config import SandboxConfig
from coderm.errors import SandboxLost
from coderm.messages import Block, BlockResult
from coderm.sandbox.base import Sandbox
from coderm.sandbox.factory import make_sandbox


class ExecutorActor:
    """Forwards blocks to its sandbox; a box that died is replaced before the loss is told."""

    def __init__(self, config: SandboxConfig, run_id: str) -> None:
        self._config = config
        self._run_id = run_id
        self._sandbox: Sandbox | None = None

    def setup(self) -> None:
        """Start the sandbox. Raises EngineError with the remedy."""
        self.close()
        sandbox = make_sandbox(self._config, run_id=self._run_id)
        sandbox.start()
        self._sandbox = sandbox

    def execute(self, block: Block) -> BlockResult:
        """Run one block. Raises SandboxLost when the box died under it; the next block finds a new box."""
        if self._sandbox is None:
            self.setup()
        assert self._sandbox is not None
        try:
            return self._sandbox.run(block)
        except SandboxLost:
            self.close()
            raise

    def describe(self, _: None = None) -> str:
        """Name what decides verdicts besides texts and limits: the sandbox and the digest of its image."""
        assert self._sandbox is not None
        return self._sandbox.environment

    def close(self) -> None:
        """Remove the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None
