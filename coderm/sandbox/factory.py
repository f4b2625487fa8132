"""The one place that turns a sandbox config into a sandbox."""

from collections.abc import Callable

from coderm.config.schema import SandboxConfig
from coderm.sandbox.base import Sandbox
from coderm.sandbox.containers.container import EXPIRES_S, DockerSandbox
from coderm.sandbox.local import LocalSandbox
from coderm.sandbox.recycling.sandbox import RecyclingSandbox
from coderm.sandbox.recycling.wear import WearLimits


def make_sandbox(config: SandboxConfig, *, run_id: str, alive: Callable[[], None] = lambda: None) -> Sandbox:
    """Return a sandbox that is not started yet; `run_id` labels what it creates, `alive` hears its signs of life in a block."""
    match config.type:
        case "docker":
            return DockerSandbox(config, run_id=run_id, alive=alive)
        case "local":
            return LocalSandbox(config, alive=alive)


def make_recycling_sandbox(config: SandboxConfig, *, run_id: str, alive: Callable[[], None] = lambda: None) -> Sandbox:
    """Return a sandbox for long use: its box is exchanged when worn, long before it expires."""
    growth_mb = config.recycle_growth_mb if config.type == "docker" else 0  # outside of a container it is the machine's memory
    limits = WearLimits(config.recycle_blocks, growth_mb, EXPIRES_S / 2)
    return RecyclingSandbox(lambda: make_sandbox(config, run_id=run_id, alive=alive), limits)
