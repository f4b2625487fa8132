"""Decides how many actors a cluster carries and what each reserves; pure arithmetic over resources."""

import math
from dataclasses import dataclass

from coderm.config.schema import ClusterConfig, EngineConfig, VllmEngine
from coderm.errors import ClusterError

ENGINE_CPUS = 1.0
"""CPUs an engine reserves: its decoding loop; on a CPU node it also computes on the others, whoever holds them."""


def engine_resources(engine: EngineConfig) -> dict[str, float]:
    """CPUs and GPUs one replica of an engine reserves; engines that only call or replay reserve nothing."""
    if not isinstance(engine, VllmEngine):
        return {"CPU": 0.0, "GPU": 0.0}
    return {"CPU": ENGINE_CPUS, "GPU": float(engine.gpus)}


def engine_cores(engine: EngineConfig) -> float:
    """Cores that one replica of an engine keeps busy, where executors would slow it down.

    On GPUs its frontend and its core, and with several GPUs a process for each; on a CPU its threads, where they are set.
    """
    if not isinstance(engine, VllmEngine):
        return 0.0
    if engine.gpus:
        return 2.0 + (engine.gpus if engine.gpus > 1 else 0)
    return max(ENGINE_CPUS, float(engine.cpu_threads))


@dataclass(frozen=True, slots=True)
class Executors:
    """How many executor actors, and the CPUs each reserves."""

    count: int
    cpus: float


def place_executors(config: ClusterConfig, resources: dict[str, float], engines: list[EngineConfig]) -> Executors:
    """Place as many executors as set, or as the engines leave cores for; at least one, which reserves nothing where no CPU is left.

    Raises ClusterError when GPUs or CPUs are asked for that the cluster lacks, or more executors than there is room for.
    """
    needs = [(engine_resources(engine), getattr(engine, "replicas", 1)) for engine in engines]
    gpus = sum(need["GPU"] * replicas for need, replicas in needs)
    have = resources.get("GPU", 0.0)
    if gpus > have:
        raise ClusterError(
            f"the engines ask for {gpus:.0f} GPU(s), the cluster has {have:.0f}; "
            "set engines.NAME.gpus = 0 to run on the CPU, or join a cluster that has them (cluster.address)"
        )
    cpus = sum(need["CPU"] * replicas for need, replicas in needs)
    left = resources.get("CPU", 1.0) - cpus
    if left < 0:
        raise ClusterError(
            f"the engines ask for {cpus:g} CPU(s), the cluster has {resources.get('CPU', 1.0):g}; "
            "lower engines.NAME.replicas, let both roles name one engine, or join a larger cluster (cluster.address)"
        )
    fit = math.floor(left / config.executor_cpus)
    if config.executors > max(fit, 1):
        raise ClusterError(
            f"cluster.executors = {config.executors} at {config.executor_cpus:g} CPU each do not fit into the {left:g} CPUs "
            "that the engines leave; set cluster.executors = 0 to take what fits"
        )
    busy = sum(engine_cores(engine) * getattr(engine, "replicas", 1) for engine in engines)
    off = math.floor((resources.get("CPU", 1.0) - busy) / config.executor_cpus)
    return Executors(config.executors or max(min(off, fit), 1), config.executor_cpus if fit >= 1 else 0.0)
