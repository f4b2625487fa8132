"""The part of a configuration that scoring depends on, whoever asks for it."""

from pydantic import Field

from coderm.config.paths import FilePath
from coderm.config.schema import ClusterConfig, SandboxConfig, Section


class ScoringConfig(Section):
    """How programs are judged for those who ask from outside of a run."""

    sandbox: SandboxConfig = SandboxConfig()
    """Sandbox: where programs run, and under which limits."""
    cluster: ClusterConfig = ClusterConfig()
    """Ray cluster: executors, and calls queued on one."""
    queue_pairs: int = Field(262144, ge=1)
    """Most (program, test) pairs let in and not yet judged."""
    cache_mb: int = Field(256, ge=0)
    """Verdicts kept in memory, MiB; 0 keeps none."""
    cache_file: FilePath = ""
    """SQLite file of verdicts that outlives the service, and that several may share; empty: none."""
    keep_answers: int = Field(32768, ge=1)
    """Programs whose answers are kept for the idempotency keys of their calls."""
    keep_answers_s: float = Field(600.0, gt=0)
    """How long an answered call is kept for its idempotency key, seconds."""
    silence_s: float = Field(90.0, gt=0)
    """An executor that gave no sign of life for so long under a block is replaced; above the wall limit of a pair and 40 s."""
