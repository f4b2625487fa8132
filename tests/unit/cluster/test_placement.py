"""How many actors a cluster carries, as arithmetic."""

import pytest

from cluster.placement import Executors, engine_resources, place_executors
from coderm.config.schema import ClusterConfig, OpenAIEngine, ScriptedEngine, VllmEngine
from coderm.errors import ClusterError

SCRIPTED = ScriptedEngine(path="r.jsonl")
CPU_ENGINE = VllmEngine(model="m")


def place(resources, *engines, **settings):
    return place_executors(ClusterConfig(**settings), resources, list(engines))


def test_executors_fill_the_cpus_that_the_engines_leave():
    assert place({"CPU": 8.0}, CPU_ENGINE) == Executors(7, 1.0)
    assert place({"CPU": 8.0}, VllmEngine(model="m", replicas=2), CPU_ENGINE) == Executors(5, 1.0)
    assert place({"CPU": 8.0}, SCRIPTED) == Executors(8, 1.0)


def test_executors_stay_off_the_cores_that_engines_keep_busy():
    gpus = {"CPU": 32.0, "GPU": 8.0}
    assert place(gpus, VllmEngine(model="m", gpus=1, replicas=8)) == Executors(16, 1.0)
    assert place(gpus, VllmEngine(model="m", gpus=4)) == Executors(26, 1.0)
    assert place({"CPU": 8.0}, VllmEngine(model="m", cpu_threads=6)) == Executors(2, 1.0)
    assert place({"CPU": 4.0}, VllmEngine(model="m", cpu_threads=4)) == Executors(1, 1.0)
    assert place({"CPU": 4.0}, VllmEngine(model="m", cpu_threads=4), executors=3) == Executors(3, 1.0)


def test_an_executor_may_reserve_more_or_less_than_a_cpu():
    assert place({"CPU": 8.0}, executor_cpus=2.5) == Executors(3, 2.5)
    assert place({"CPU": 2.0}, executor_cpus=0.5) == Executors(4, 0.5)


def test_there_is_always_one_executor_which_reserves_nothing_when_no_cpu_is_left():
    assert place({"CPU": 1.0}, CPU_ENGINE) == Executors(1, 0.0)
    assert place({"CPU": 1.0}, CPU_ENGINE, executors=1) == Executors(1, 0.0)


def test_a_number_that_is_set_is_taken():
    assert place({"CPU": 64.0}, executors=3) == Executors(3, 1.0)


def test_more_executors_than_fit_are_refused_with_the_remedy():
    with pytest.raises(ClusterError, match=r"cluster.executors = 9 at 1 CPU each do not fit into the 7 CPUs.*executors = 0"):
        place({"CPU": 8.0}, CPU_ENGINE, executors=9)


def test_gpus_the_cluster_lacks_are_refused_with_the_remedy():
    with pytest.raises(ClusterError, match=r"ask for 8 GPU\(s\), the cluster has 4; set engines.NAME.gpus = 0"):
        place({"CPU": 64.0, "GPU": 4.0}, VllmEngine(model="m", gpus=2, replicas=4))
    with pytest.raises(ClusterError, match=r"ask for 1 GPU\(s\), the cluster has 0"):
        place({"CPU": 64.0}, VllmEngine(model="m", gpus=1))


def test_engines_that_would_wait_for_cpus_for_ever_are_refused_with_the_remedy():
    with pytest.raises(ClusterError, match=r"the engines ask for 4 CPU\(s\), the cluster has 2; lower engines.NAME.replicas"):
        place({"CPU": 2.0}, VllmEngine(model="m", replicas=4))


def test_engines_that_only_call_or_replay_reserve_nothing():
    assert engine_resources(SCRIPTED) == engine_resources(OpenAIEngine(model="m")) == {"CPU": 0.0, "GPU": 0.0}
    assert engine_resources(VllmEngine(model="m", gpus=2)) == {"CPU": 1.0, "GPU": 2.0}
