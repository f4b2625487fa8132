"""The one place that turns a sandbox config into a sandbox."""

from coderm.config import SandboxConfig
from coderm.sandbox.base import Sandbox
from coderm.sandbox.docker import DockerSandbox
from coderm.sandbox.local import LocalSandbox


def make_sandbox(config: SandboxConfig, *, run_id: str) -> Sandbox:
    """Return a sandbox that is not started yet; `run_id` labels what it creates."""
    match config.type:
        case "docker":
            return DockerSandbox(config, run_id=run_id)
        case "local":
            return LocalSandbox(config)
