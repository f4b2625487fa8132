"""Turns plain classes into Ray actors; the only place where ray.remote, resources and scheduling strategies are named."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from actors.bank import BankActor
from actors.executor import ExecutorActor
from actors.generator import GeneratorActor
from actors.pool import Pool
from actors.scheduler import SchedulerActor, WorkerFactory
from actors.scoring import Executors as ScoringExecutors
from actors.scoring import ScoringActor
from actors.worker import RayWorker, Worker
from cluster.metering import RaySink
from cluster.placement import Executors, engine_resources, place_executors
from coderm.config.bank import BankConfig
from coderm.config.schema import EngineConfig, RunConfig, SandboxConfig, VllmEngine
from coderm.config.scoring import ScoringConfig
from coderm.errors import ClusterError
from coderm.logs import LogSetup
from coderm.scheduling.job import Job
from coderm.scheduling.spending import BudgetSchedule

PLACEMENT_TIMEOUT_S = 120.0
"""Longest wait for a placement group; the cluster was found large enough before, so past it others hold its GPUs."""


START_MARGIN_S = 60.0
"""What an actor has beyond its engine's own deadline, so that the engine tells what was late and ends what it started."""


def deploy_scheduler(job: Job, schedule: BudgetSchedule, executors: Executors) -> Any:
    """Place the scheduler on the driver's node (the run directory is there) and return its handle."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    new_executor = partial(spawn_executor, executors.cpus, job.log("executor"))
    room = None if job.config.cluster.executors else partial(room_for_executors, job)
    new_generator = partial(spawn_generator, job.log("generator"))
    workers = WorkerFactory(new_generator, new_executor, executors.count, room, draining_nodes, RaySink(job.run_id))
    options = {"num_cpus": 0, "scheduling_strategy": here, "max_concurrency": 64}
    return ray.remote(SchedulerActor).options(**options).remote(job, workers, schedule)


def spawn_bank(
    config: RunConfig, settings: BankConfig, roles: Mapping[str, str], run_id: str, log: LogSetup, **options: Any
) -> Any:
    """Place the bank of a service on this node, where its directory is, and return its handle.

    roles: the engine of each role that writes. options: further ones of the actor, as its name.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    pools = partial(engine_pool, config.engines, config.cluster.generator_in_flight, replace(log, process="generator"))
    actor = ray.remote(BankActor).options(num_cpus=0, scheduling_strategy=here, max_concurrency=1024, max_restarts=0, **options)
    return actor.remote(config, settings, dict(roles), pools, run_id, log)


def spawn_scoring(config: ScoringConfig, executors: ScoringExecutors, log: LogSetup, **options: Any) -> Any:
    """Place a scoring actor and return its handle; options: further ones of the actor, as its name."""
    import ray

    actor = ray.remote(ScoringActor).options(num_cpus=0, max_restarts=0, max_concurrency=4096, **options)
    return actor.remote(config, executors, log)


def engine_pool(engines: Mapping[str, EngineConfig], in_flight: int, log: LogSetup, name: str) -> Pool:
    """A pool of one engine, not started yet."""
    engine = engines[name]
    spawn = partial(spawn_generator, log, engine)
    return Pool(f"engine {name}", spawn, getattr(engine, "replicas", 1), in_flight)


def room_for_executors(job: Job) -> int:
    """Executors that the cluster of this process carries by now. Raises ClusterError where it carries the engines no longer."""
    import ray

    resources = {name: float(amount) for name, amount in ray.cluster_resources().items()}
    return place_executors(job.config.cluster, resources, list(job.engines().values())).count


def draining_nodes() -> list[str]:
    """Ids of the nodes of this process's cluster that were told to drain; Ray places nothing there, and ends nothing."""
    from ray._private.state import state  # what Ray Train and Serve ask; nothing public tells it

    return list(state.get_draining_nodes())


def spawn_executor(cpus: float, log: LogSetup, config: RunConfig, run_id: str, avoid: Sequence[str] = ()) -> Worker:
    """Place one executor of a run, on none of the nodes to avoid while there are others."""
    return spawn_box(cpus, log, config.sandbox, run_id, avoid)


def spawn_box(cpus: float, log: LogSetup, sandbox: SandboxConfig, run_id: str, avoid: Sequence[str] = ()) -> Worker:
    """Place one executor; SPREAD, so that containers do not crowd on one node. avoid: ids of nodes that get none."""
    import ray

    for method in (ExecutorActor.signs, ExecutorActor.cancel):
        ray.method(concurrency_group="signs")(method)  # a thread of its own: it answers while a block runs
    options: dict[str, Any] = {"num_cpus": cpus, "scheduling_strategy": "SPREAD", "max_restarts": 0}
    if avoid and any(node["Alive"] and node["NodeID"] not in avoid for node in ray.nodes()):
        options["label_selector"] = {"ray.io/node-id": f"!in({','.join(avoid)})"}
    actor = ray.remote(concurrency_groups={"signs": 1})(ExecutorActor)  # not among the options, which refuse it
    return RayWorker(actor.options(**options).remote(sandbox, run_id, log), setup_timeout_s=180.0)


def spawn_generator(log: LogSetup, engine: EngineConfig) -> Worker:
    """Place one engine replica: on GPUs in a placement group of its own that holds its tensor-parallel workers, too."""
    import ray

    needs = engine_resources(engine)
    if not isinstance(engine, VllmEngine) or not engine.gpus:
        options: dict[str, Any] = {"num_cpus": needs["CPU"], "max_concurrency": 1024}
        return RayWorker(ray.remote(GeneratorActor).options(**options).remote(engine, log), setup_timeout_s=_patience_s(engine))
    strategy, release = _gpu_group(engine.gpus, needs["CPU"])
    own = 1 if engine.gpus == 1 else 0
    options = {"num_cpus": needs["CPU"], "num_gpus": own, "scheduling_strategy": strategy, "max_concurrency": 1024}
    return RayWorker(ray.remote(GeneratorActor).options(**options).remote(engine, log), release, _patience_s(engine))


def _patience_s(engine: EngineConfig) -> float:
    return engine.startup_timeout_s + START_MARGIN_S if isinstance(engine, VllmEngine) else 120.0


def _gpu_group(gpus: int, cpus: float) -> tuple[Any, Any]:
    """Reserve `gpus` GPUs close together. Raises ClusterError when they do not become free in time."""
    from ray.util.placement_group import placement_group, remove_placement_group
    from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

    bundles = [{"GPU": 1.0, "CPU": cpus if place == 0 else 0.0} for place in range(gpus)]
    group = placement_group([{k: v for k, v in bundle.items() if v} for bundle in bundles], strategy="PACK")
    if not group.wait(PLACEMENT_TIMEOUT_S):
        remove_placement_group(group)
        raise ClusterError(
            f"{gpus} GPU(s) for one engine did not become free in {PLACEMENT_TIMEOUT_S:.0f} s; see `ray status` for who holds them"
        )
    strategy = PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=0, placement_group_capture_child_tasks=True)
    return strategy, partial(remove_placement_group, group)
