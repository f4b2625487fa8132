"""The configuration of a reward service."""

from typing import Literal

from pydantic import Field

from coderm.config.bank import BankConfig
from coderm.config.paths import FilePath
from coderm.config.schema import (
    ClusterConfig,
    CodermConfig,
    EngineConfig,
    PolicyConfig,
    RunConfig,
    SandboxConfig,
    Section,
)


class ServiceSection(Section):
    """The reward service: where it listens, what it tells and what it allows."""

    host: str = "127.0.0.1"
    """Address to listen at. One that others can reach needs a token in the environment variable CODERM_SERVICE_TOKEN."""
    port: int = Field(8000, ge=1, le=65535)
    """Port to listen at."""
    detail: Literal["outcome", "which", "full"] = "outcome"
    """What an answer tells: `outcome` (reward and status), `which` (also each test's outcome), `full` (also expected and got, which
    lets a policy read the answers: for debugging)."""
    max_body_mb: int = Field(64, ge=1)
    """Largest body of a request, unpacked, MiB."""
    max_program_kb: int = Field(1024, ge=1)
    """Largest program or model output, KiB; a larger one is `too_large` and gets the reward of a program that passes nothing."""
    max_programs: int = Field(4096, ge=1)
    """Most programs of one call."""
    queue_pairs: int = Field(262144, ge=1)
    """Most (program, test) pairs accepted and not yet judged."""
    cache_mb: int = Field(256, ge=0)
    """Verdicts kept in memory, so that the same pair is not judged twice, MiB; 0 keeps none."""
    cache_file: FilePath = ""
    """SQLite file of verdicts that outlives the service, and that several may share; empty: none."""
    requests_per_minute: int = Field(0, ge=0)
    """Calls of `/v1/score` and `/v1/problems` accepted per minute; 0 sets no limit."""
    keep_answers: int = Field(32768, ge=1)
    """Programs whose answers are kept for the idempotency keys of their calls: about 1 KB each."""
    keep_answers_s: float = Field(600.0, gt=0)
    """How long an answered call is kept for its idempotency key, seconds."""
    grace_s: float = Field(2.0, ge=0)
    """How long work goes on for a call with an idempotency key after its client hung up, so that a repetition finds it, seconds.
    Work of a call without a key is cancelled at once."""
    run_code: int = Field(0, ge=0)
    """Sandboxes for `POST /run_code`, SandboxFusion's interface, beside those of the executors; 0: it is not offered."""
    drain_s: float = Field(120.0, ge=0)
    """Longest wait for accepted calls when the service is told to stop, seconds."""
    rollouts: FilePath = ""
    """JSON Lines file that every answered call is appended to, for `coderm rescore`; empty: none."""


class ServiceConfig(Section):
    """Everything a reward service depends on."""

    seed: int = 0
    """Same seed, same tests, where the backend allows."""
    engines: dict[str, EngineConfig] = Field(default_factory=dict)
    """Engines by name; a role names one. None: problems bring their own tests."""
    policy: PolicyConfig = PolicyConfig()
    """Policy model: writes the program that the test writer is shown, where its engine is among the engines."""
    coderm: CodermConfig = CodermConfig()
    """Unit test generator (CodeRM), where its engine is among the engines."""
    bank: BankConfig = BankConfig()
    """Test bank, and its budget for the whole training."""
    sandbox: SandboxConfig = SandboxConfig()
    """Sandbox: where programs run, and under which limits."""
    cluster: ClusterConfig = ClusterConfig()
    """Ray cluster."""
    service: ServiceSection = ServiceSection()
    """Reward service."""

    def run_config(self) -> RunConfig:
        """What the bank's writers read of it, as a run has it."""
        names = ("seed", "engines", "policy", "coderm", "sandbox", "cluster")
        return RunConfig(**{name: getattr(self, name) for name in names})

    def writing_roles(self) -> dict[str, str]:
        """The engine of each role that writes; empty: no test is ever written."""
        if self.coderm.engine not in self.engines:
            return {}
        roles = {"policy": self.policy.engine, "coderm": self.coderm.engine}
        return {role: engine for role, engine in roles.items() if engine in self.engines}
