"""A trainer's process pays little for the client, and may fork."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from coderm.client import ClientSettings, RewardClient, score_item
from coderm.client.scripted import ScriptedService

ROOT = Path(__file__).resolve().parents[3]
HEAVY = ("ray", "torch", "vllm", "transformers", "docker", "numpy", "pandas", "fastapi")


def test_importing_the_client_loads_nothing_heavy():
    script = f"import sys, coderm.client, coderm.client.scripted; print([n for n in {HEAVY} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_a_loop_of_its_own():
    client = RewardClient(settings=ClientSettings("http://service"), transport=ScriptedService(lambda problem, text: 1.0))
    rewards: multiprocessing.Queue = multiprocessing.get_context("fork").Queue()

    def ask():
        rewards.put([result.reward for result in client.score([score_item("a", ["x"])]).results])

    ask()
    child = multiprocessing.get_context("fork").Process(target=ask)
    child.start()
    assert [rewards.get(timeout=60), rewards.get(timeout=60)] == [[1.0], [1.0]]
    child.join()
    client.close()
