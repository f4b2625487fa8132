"""The bank of a service on a local Ray cluster: tests are written ahead, an engine and the bank itself are killed, nothing is lost.

Run by test_bank_service.py in a process of its own; writes what it saw to told.json.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import ray

from actors.worker import RayWorker, Worker, WorkerDied
from cluster.deploy import spawn_bank
from coderm.bank.records import ScoredGroup
from coderm.client.contract import ProblemText
from coderm.config.bank import BankConfig
from coderm.config.loader import parse_config
from coderm.logs import LogSetup

TEST = """```python
import unittest

class T(unittest.TestCase):
    def test_add(self):
        self.assertEqual(add({0}, 1), {0} + 1)
```"""
PROBLEM = ProblemText(id="p", question="Add two numbers.", entry_point="add")


def kill(title: str) -> None:
    """Kill this cluster's processes of this title without warning; its raylet, their parent, names the cluster's folder."""
    for process in psutil.process_iter(["cmdline"]):
        if " ".join(process.info["cmdline"] or ()).startswith(title) and _is_of(process, sys.argv[2]):
            os.kill(process.pid, signal.SIGKILL)


def _is_of(process: psutil.Process, folder: str) -> bool:
    try:
        return any(folder in part for parent in process.parents() for part in parent.cmdline())
    except psutil.Error:
        return False


async def ready(bank: Worker) -> Any:
    while (answer := await bank.call("describe", "p")).state != "ready" or answer.tests < answer.wanted:
        await asyncio.sleep(0.1)
    return answer


async def alike(bank: Worker, key: str) -> None:
    """Tell of a group whose programs all passed everything."""
    suite = await bank.call("suite_of", "p")
    outcomes = np.ones((4, len(suite.places)), np.int8)
    await bank.call("observe", [ScoredGroup("p", suite.version, outcomes, key=key)])


async def main(folder: Path) -> None:
    recorded = [
        {"task_id": "p", "role": "policy", "completions": ["```python\ndef add(a, b):\n    return a + b\n```"]},
        {"task_id": "p", "role": "coderm", "completions": [TEST.format(number) for number in range(60)]},
    ]
    (folder / "recorded.jsonl").write_text("".join(json.dumps(row) + "\n" for row in recorded), encoding="utf-8")
    engine = {"type": "scripted", "path": str(folder / "recorded.jsonl")}
    config = parse_config({"engines": {"main": engine}, "policy": {"samples": 1}}, "test")
    settings = BankConfig(directory=str(folder / "bank"), start=3, step_share=1.0, retry_pause_s=0.2)
    log = LogSetup("service", "bank")
    roles = {"policy": "main", "coderm": "main"}
    bank = RayWorker(spawn_bank(config, settings, roles, "service", log))
    await bank.setup()
    await bank.call("register", PROBLEM)
    first = await ready(bank)
    kill("ray::GeneratorActor")
    await alike(bank, "one")
    second = await ready(bank)
    before = await bank.call("suite_of", "p")
    kill("ray::BankActor")
    try:
        await bank.call("describe", "p")
    except WorkerDied:
        print("the bank died", flush=True)
    await bank.close()
    bank = RayWorker(spawn_bank(config, settings, roles, "service", log))
    await bank.setup()
    same = await bank.call("suite_of", "p") == before
    await alike(bank, "one")
    counted = await bank.call("describe", "p")
    await alike(bank, "two")
    third = await ready(bank)
    await bank.close()
    told = {"wanted": [first.wanted, second.wanted, counted.wanted, third.wanted], "same": same, "tests": third.tests}
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _temp_dir=sys.argv[2])
    try:
        asyncio.run(asyncio.wait_for(main(Path(sys.argv[1])), 300))
    finally:
        ray.shutdown()
