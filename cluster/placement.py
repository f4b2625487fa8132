"""Decides how many actors a cluster carries and what each reserves; pure arithmetic over resources."""

import math

from coderm.config import EngineConfig, RunConfig, VllmEngine
from coderm.errors import ClusterError

ENGINE_CPUS = 1.0
"""CPUs an engine reserves: its decoding loop; on a CPU node it also computes on the others, whoever holds them."""


def engine_resources(engine: EngineConfig) -> dict[str, float]:
    """CPUs and GPUs one replica of an engine reserves; engines that only call or replay reserve nothing."""
    if not isinstance(engine, VllmEngine):
        return {"CPU": 0.0, "GPU": 0.0}
    return {"CPU": ENGINE_CPUS, "GPU": float(engine.gpus)}


def executors(config: RunConfig, resources: dict[str, float], engines: list[EngineConfig]) -> int:
    """How many executors to place: as set, or what the engines leave of the CPUs, at least one.

    Raises ClusterError when GPUs are asked for that the cluster lacks, or when executors could never be placed.
    """
    needs = [(engine_resources(engine), getattr(engine, "replicas", 1)) for engine in engines]
    gpus = sum(need["GPU"] * replicas for need, replicas in needs)
    have = resources.get("GPU", 0.0)
    if gpus > have:
        raise ClusterError(
            f"the engines ask for {gpus:.0f} GPU(s), the cluster has {have:.0f}; "
            "set engines.NAME.gpus = 0 to run on the CPU, or join a cluster that has them (cluster.address)"
        )
    left = resources.get("CPU", 1.0) - sum(need["CPU"] * replicas for need, replicas in needs)
    fit = math.floor(left / config.cluster.executor_cpus)
    if config.cluster.executors > max(fit, 1):
        raise ClusterError(
            f"cluster.executors = {config.cluster.executors} at {config.cluster.executor_cpus:g} CPU each do not fit into the "
            f"{left:g} CPUs that the engines leave; set cluster.executors = 0 to take what fits"
        )
    return config.cluster.executors or max(fit, 1)
