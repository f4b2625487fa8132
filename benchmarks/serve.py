"""What the reward service carries, from another process over loopback, beside the bare sandbox and other graders in the same run.

    python benchmarks/serve.py                                    # overhead, latency, load; about four minutes
    python benchmarks/serve.py --parts --soak 600                 # ten minutes of 4 problems x 64 rollouts x 16 tests a step
    python benchmarks/serve.py --peer verl=PYTHON livecodebench=PYTHON evalplus=PYTHON sandboxfusion=URL

The batch is that of benchmarks/batch: 4 function and 4 stdin problems, 15 programs each, 16 with the one that loops, and 16 cases.
Every repetition varies the texts, so that no verdict comes from the cache. PYTHON is an interpreter that has the grader. Ratios
within one run count; seconds depend on the machine. Of `--rounds` the best one is given. CPU is that of the containers and of the
service's processes; where other work runs beside, its share is the figure to look at. Prints tables and one JSON line.
"""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from batch import Item, function_items, functions, processes, stdin_items, stdin_programs, varied
from rich.console import Console
from rich.table import Table

from coderm.config.schema import SandboxConfig
from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, Limits
from coderm.messages.scoring import UnitTests
from coderm.sandbox.factory import make_sandbox

READY_S = 240.0
"""Longest wait for the service to come up on a busy machine."""
BOXES = 2
LABELS = {"plain": "{}", "looping": "{}, 1 in 16 loops"}
"""Batches, and how their rows are called."""
JUDGE = Path(__file__).parent / "peers" / "judge.py"


@dataclass
class Answer:
    """One call: when it was sent and answered (seconds), its status, and what each program got."""

    sent: float
    took: float
    status: int
    results: list[dict[str, Any]]


class Service:
    """A service of our own, started for this run and stopped after it."""

    def __init__(self, canaries: int, image: str, queue_pairs: int) -> None:
        self.token = secrets.token_hex(16)
        self.image = image
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._folder = tempfile.TemporaryDirectory(prefix="coderm-bench-")
        config = Path(self._folder.name) / "serve.toml"
        config.write_text(
            f'[sandbox]\nimage = "{image}"\ncanaries = {canaries}\nrow_timeouts = 1\n'
            f'[cluster]\naddress = "local"\nexecutors = {BOXES}\n'
            f'[bank]\ndirectory = "{self._folder.name}/bank"\n[service]\nport = {port}\nqueue_pairs = {queue_pairs}\n'
        )
        self._config = config

    def start(self) -> float:
        """Start it; return the seconds until it was ready."""
        started = time.monotonic()
        log = open(Path(self._folder.name) / "log", "w")  # noqa: SIM115 - the process writes to it until it ends
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parents[1] / "launch.py"), "serve", str(self._config)],
            env={**os.environ, "CODERM_SERVICE_TOKEN": self.token},
            stdout=log,
            stderr=log,
        )
        while time.monotonic() - started < READY_S:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/ready", headers=self.headers, timeout=5).status_code == 200:
                    return time.monotonic() - started
            if self._process.poll() is not None:
                break
            time.sleep(0.2)
        raise SystemExit(f"the service did not start:\n{(Path(self._folder.name) / 'log').read_text()[-3000:]}")

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def pid(self) -> int:
        """Of the command; its workers and Ray are below it."""
        return self._process.pid

    def memory_mb(self) -> dict[str, float]:
        """Proportional memory of the service, its workers and Ray, by role, and of its containers; MiB."""
        return {**processes.memory_mb(self.pid), "containers": processes.boxes_mb(self.image)}

    def cpu_s(self, *, after: bool = False) -> float:
        """CPU seconds of the service, its workers, Ray, and its containers; before or after what is measured.

        Asking the engine takes seconds on a busy machine, in which containers rest and Ray does not: so that lies outside.
        """
        if after:
            return processes.cpu_s(self.pid) + processes.boxes_cpu_s(self.image)
        return processes.boxes_cpu_s(self.image) + processes.cpu_s(self.pid)

    def stop(self) -> int:
        """Stop it as SIGTERM does; return its exit code."""
        self._process.terminate()
        code = self._process.wait(timeout=180)
        self._folder.cleanup()
        return code


def body_of(items: Sequence[Item], deadline_s: float, stop: str = "never") -> dict[str, Any]:
    """The JSON of a call that scores whole items."""
    parts = []
    for item in items:
        suite: dict[str, Any]
        if isinstance(item.suite, UnitTests):
            suite = {"type": "unittest", "tests": list(item.suite.tests)}
        else:
            suite = {"type": "stdin", "cases": [{"input": case.input, "output": case.expected} for case in item.suite.cases]}
        problem = {"id": item.problem, "suite": suite, "entry_point": functions.ENTRY.get(item.problem, "")}
        parts.append({"problem": problem, "programs": [{"code": text} for text in item.programs]})
    reward = "all_passed" if stop == "first_failure" else "fraction"
    return {"items": parts, "deadline_s": deadline_s, "reward": reward, "stop": stop}


async def call(client: httpx.AsyncClient, items: Sequence[Item], deadline_s: float = 120.0, stop: str = "never") -> Answer:
    """Score items in one call."""
    sent = time.monotonic()
    response = await client.post("/v1/score", json=body_of(items, deadline_s, stop))
    results = response.json().get("results", []) if response.status_code == 200 else []
    return Answer(sent, time.monotonic() - sent, response.status_code, results)


@contextlib.asynccontextmanager
async def connected(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client of many connections."""
    limits = httpx.Limits(max_connections=512)
    async with httpx.AsyncClient(base_url=service.url, headers=service.headers, timeout=600, limits=limits) as client:
        yield client


def wrong_rewards(items: Sequence[Item], results: Sequence[dict[str, Any]], full: float = 1.0) -> tuple[int, int]:
    """How many of the results differ from the truth, and how many are null."""
    wrong = null = 0
    for result in results:
        reward, right = result["reward"], items[result["item"]].right[result["program"]]
        null += reward is None
        wrong += reward is not None and (reward >= full) != right
    return wrong, null


def pairs_of(items: Sequence[Item]) -> int:
    """(program, case) pairs of a batch."""
    return sum(len(item.programs) * len(item.suite) for item in items)


def bare_rate(items: Sequence[Item], image: str) -> tuple[float, float]:
    """Pairs/s of sandboxes alone, isolated: the same programs and tests in blocks of half a problem, a thread for each box.

    Also CPU milliseconds a pair, of the containers alone.
    """
    blocks: list[Block | CaseBlock] = []
    for place, item in enumerate(items):
        half = (len(item.programs) + 1) // 2
        for part in (item.programs[:half], item.programs[half:]):
            name, limits = f"{place}-{len(blocks)}", Limits(row_timeouts=1)
            if isinstance(item.suite, UnitTests):
                blocks.append(Block(name, part, item.suite.tests, limits, "isolated"))
            else:
                blocks.append(CaseBlock(name, part, item.suite.cases, limits=limits))
    config = SandboxConfig(image=image)
    with contextlib.ExitStack() as stack:
        boxes = [stack.enter_context(make_sandbox(config, run_id="bench")) for _ in range(BOXES)]
        for box in boxes:  # warm: the first block imports what is imported once
            box.run(blocks[0])
        queue = list(reversed(blocks))

        def drain(box: Any) -> None:
            while True:
                try:
                    block = queue.pop()
                except IndexError:
                    return
                box.run(block)

        cpu_s, started = processes.boxes_cpu_s(image), time.monotonic()
        with ThreadPoolExecutor(BOXES) as threads:
            list(threads.map(drain, boxes))
        took = time.monotonic() - started
        return pairs_of(items) / took, 1000 * (processes.boxes_cpu_s(image) - cpu_s) / pairs_of(items)


def fresh(items: Sequence[Item], mark: str) -> list[Item]:
    """The items with program texts never sent before."""
    return [Item(item.problem, tuple(f"{text}# {mark}\n" for text in item.programs), item.right, item.suite) for item in items]


@dataclass
class Rate:
    """Pairs/s, CPU milliseconds a pair of all that belongs to the service, and rewards that are wrong and null."""

    pairs_s: float
    cpu_ms: float
    wrong: int
    null: int


async def service_rate(service: Service, items: Sequence[Item]) -> Rate:
    """Whole problems sent at once, a call for each."""
    async with connected(service) as client:
        await asyncio.gather(*(call(client, [one_program(item, "warm")]) for item in items))
        cpu_s, started = service.cpu_s(), time.monotonic()
        answers = await asyncio.gather(*(call(client, [item]) for item in items))
        took = time.monotonic() - started
        cpu_s = service.cpu_s(after=True) - cpu_s
    counts = [wrong_rewards([item], answer.results) for item, answer in zip(items, answers, strict=True)]
    missing = sum(len(item.programs) - len(answer.results) for item, answer in zip(items, answers, strict=True))
    wrong, null = (sum(column) for column in zip(*counts, strict=True))
    return Rate(pairs_of(items) / took, 1000 * cpu_s / pairs_of(items), wrong, null + missing)


def one_program(item: Item, mark: str, place: int = 0) -> Item:
    """One right program of a problem, never sent before."""
    return Item(item.problem, (f"{item.programs[place]}# {mark}\n",), (True,), item.suite)


async def idle_latency(service: Service, item: Item, calls: int = 60) -> tuple[float, float]:
    """p50 and p99 of a call of one program with 16 tests on an idle service, milliseconds."""
    async with connected(service) as client:
        times = []
        for place in range(calls + 5):
            times.append((await call(client, [one_program(item, f"idle {place}", place % 8)])).took * 1000)
    return float(np.percentile(times[5:], 50)), float(np.percentile(times[5:], 99))


async def load(service: Service, items: Sequence[Item], rate: float, seconds: float, deadline_s: float) -> dict[str, float]:
    """Send a problem's programs at `rate` pairs/s, whatever comes back; latencies of accepted calls, seconds."""
    answers: list[Answer] = []
    sent: list[Item] = []

    async def one(client: httpx.AsyncClient, place: int) -> None:
        item = fresh([items[place % len(items)]], f"load {rate:.0f} {place}")[0]
        answer = await call(client, [item], deadline_s)
        answers.append(answer)
        sent.append(item)

    pause = len(items[0].programs) * len(items[0].suite) / rate
    async with connected(service) as client, asyncio.TaskGroup() as group:
        started = time.monotonic()
        for place in range(int(seconds / pause)):
            await asyncio.sleep(max(0.0, started + place * pause - time.monotonic()))
            group.create_task(one(client, place))
    accepted = [answer for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status == 429]
    counts = [wrong_rewards([item], answer.results) for item, answer in zip(sent, answers, strict=True) if answer.status == 200]
    took = [answer.took for answer in accepted] or [float("nan")]
    return {
        "calls": len(answers),
        "accepted": len(accepted),
        "refused": len(refused),
        "other": len(answers) - len(accepted) - len(refused),
        "p50_s": float(np.percentile(took, 50)),
        "p99_s": float(np.percentile(took, 99)),
        "late": sum(answer.took > deadline_s + 1 for answer in accepted),
        "refusal_p99_s": float(np.percentile([answer.took for answer in refused] or [0.0], 99)),
        "wrong": sum(wrong for wrong, _ in counts),
        "null": sum(null for _, null in counts),
    }


async def soak(service: Service, items: Sequence[Item], seconds: float) -> dict[str, Any]:
    """Steps of 4 problems x 64 rollouts x 16 tests, one after the other; slopes of memory over the second half, MiB a minute."""
    started, steps, wrong, null, missing = time.monotonic(), 0, 0, 0, 0
    memory: list[tuple[float, dict[str, float]]] = []
    tails: list[float] = []
    async with connected(service) as client:
        while time.monotonic() - started < seconds:
            step = fresh([_rollouts(items[(steps + place) % len(items)], 64) for place in range(4)], f"step {steps}")
            arrivals, results = await _streamed(client, step)
            counts = wrong_rewards(step, results)
            wrong, null, missing = wrong + counts[0], null + counts[1], missing + 256 - len(results)
            tails.append(max(arrivals) / float(np.median(arrivals)))
            memory.append((time.monotonic() - started, service.memory_mb()))
            steps += 1
    half = memory[len(memory) // 2 :]
    roles = sorted({role for _, sizes in memory for role in sizes})
    slopes = {role: _slope([(at / 60, sizes.get(role, 0.0)) for at, sizes in half]) for role in roles}
    return {
        "steps": steps,
        "rewards_per_s": steps * 256 / seconds,
        "wrong": wrong,
        "null": null,
        "missing": missing,
        "tail_ratio_median": float(np.median(tails)),
        "tail_ratio_max": max(tails),
        "memory_mb": {role: round(size, 1) for role, size in memory[-1][1].items()},
        "slopes_mb_per_minute": slopes,
        "slope_mb_per_minute": sum(slopes.values()),
    }


def _slope(points: Sequence[tuple[float, float]]) -> float:
    if len(points) < 3:
        return float("nan")
    return float(np.polyfit([at for at, _ in points], [size for _, size in points], 1)[0])


async def _streamed(client: httpx.AsyncClient, items: Sequence[Item]) -> tuple[list[float], list[dict[str, Any]]]:
    """Score items in one stream; when each program's reward came, seconds, and the results."""
    arrivals, results, sent = [], [], time.monotonic()
    async with client.stream("POST", "/v1/score", json={**body_of(items, 300.0), "stream": True}) as response:
        async for line in response.aiter_lines():
            if "end" not in (row := json.loads(line)):
                results.append(row)
                arrivals.append(time.monotonic() - sent)
    return arrivals, results


def _rollouts(item: Item, count: int) -> Item:
    programs = [(f"{item.programs[place % 15]}# {place}\n", item.right[place % 15]) for place in range(count)]
    return Item(item.problem, tuple(text for text, _ in programs), tuple(right for _, right in programs), item.suite)


def peer_rate(name: str, where: str, kind: str, *, looping: bool) -> dict[str, float] | None:
    """Pairs/s of another grader on the batch, and how many of the 32 right programs it calls right; None: not of this kind."""
    if name == "evalplus" and kind == "stdin":
        return None
    source: Any = functions if kind == "function" else stdin_programs
    items = [
        {
            "kind": kind,
            "entry": functions.ENTRY.get(task, ""),
            "programs": source.RIGHT[task] + source.WRONG[task] + ([source.LOOPING[task]] if looping else []),
            "cases": source.CASES[task],
        }
        for task in source.CASES
    ]
    with tempfile.TemporaryDirectory(prefix="coderm-peer-") as folder:
        path = Path(folder) / "batch.json"
        path.write_text(json.dumps(items))
        python, url = (sys.executable, ["--url", where]) if name == "sandboxfusion" else (where, [])
        command = [python, str(JUDGE), name, str(path), *url]
        found = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder, stdin=subprocess.DEVNULL)
    if found.returncode:
        raise SystemExit(f"{name}: {found.stderr[-800:]}")
    answer = json.loads(found.stdout.splitlines()[-1])
    pairs = sum(len(item["programs"]) * len(item["cases"]) for item in items)
    return {
        "pairs_per_s": pairs / answer["seconds"],
        "cpu_ms": 1000 * answer["cpu_s"] / pairs,
        "right": sum(sum(rows[:8]) for rows in answer["passed"]),
        "wrong_accepted": sum(sum(rows[8:]) for rows in answer["passed"]),
    }


def _rate_rows(service: Service, options: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    columns = ("batch", "bare sandbox, pairs/s", "service, pairs/s", "share", "CPU ms a pair, bare", "service", "share of CPU")
    table = Table(*columns, "wrong", "null", title="isolated grading")
    rows = []
    for kind, batch in product(("functions", "stdin"), options.batches):
        name = LABELS[batch].format(kind)
        items = (function_items if kind == "functions" else stdin_items)(looping=batch == "looping")
        bare: list[tuple[float, float]] = []
        rates: list[Rate] = []
        for place in range(options.rounds):
            many = fresh([varied(item, options.repeat) for item in items], f"round {place}")
            bare.append(bare_rate(many, service.image))
            rates.append(asyncio.run(service_rate(service, many)))
        row = _best(bare, rates)
        rows.append({"batch": name, **row})
        shares = f"{row['share']:.0%}", f"{row['bare_cpu_ms']:.2f}", f"{row['cpu_ms']:.2f}", f"{row['cpu_share']:.0%}"
        table.add_row(name, f"{row['bare']:.0f}", f"{row['service']:.0f}", *shares, f"{row['wrong']:.0f}", f"{row['null']:.0f}")
    console.print(table)
    return rows


def _best(bare: Sequence[tuple[float, float]], rates: Sequence[Rate]) -> dict[str, float]:
    """The best of each figure; wrong and null of all rounds."""
    bare_s, service_s = max(rate for rate, _ in bare), max(rate.pairs_s for rate in rates)
    bare_ms, service_ms = min(cpu_ms for _, cpu_ms in bare), min(rate.cpu_ms for rate in rates)
    shares = {"share": service_s / bare_s, "bare_cpu_ms": bare_ms, "cpu_ms": service_ms, "cpu_share": bare_ms / service_ms}
    counts = {"wrong": sum(rate.wrong for rate in rates), "null": sum(rate.null for rate in rates)}
    return {"bare": bare_s, "service": service_s, **shares, **counts}


def _load_rows(service: Service, capacity: float, seconds: float, console: Console) -> list[dict[str, Any]]:
    table = Table("load", "calls", "refused", "p50 s", "p99 s", "late", "refusal p99 s", "wrong", "null", title="deadline 10 s")
    rows = []
    for times in (0.5, 1.0, 4.0):
        found = asyncio.run(load(service, function_items(looping=False), times * capacity, seconds, 10.0))
        rows.append({"times": times, **found})
        shown = ("calls", "refused", "p50_s", "p99_s", "late", "refusal_p99_s", "wrong", "null")
        table.add_row(f"{times:g} x capacity", *(f"{found[key]:.3g}" for key in shown))
    console.print(table)
    return rows


def _peer_rows(options: argparse.Namespace, console: Console) -> list[dict[str, Any]]:
    table = Table(
        "grader",
        "batch",
        "pairs/s",
        "CPU ms a pair",
        "right of 32",
        "wrong accepted",
        title="other graders, same programs and cases",
    )
    rows = []
    for name, where in (peer.split("=", 1) for peer in options.peer):
        for kind, batch in product(("function", "stdin"), options.batches):
            if (found := peer_rate(name, where, kind, looping=batch == "looping")) is None:
                continue
            label = LABELS[batch].format(kind)
            rows.append({"grader": name, "batch": label, **found})
            shown = f"{found['pairs_per_s']:.0f}", f"{found['cpu_ms']:.2f}", str(found["right"]), str(found["wrong_accepted"])
            table.add_row(name, label, *shown)
            print(json.dumps(rows[-1]), flush=True)
    console.print(table)
    return rows


def _measure(service: Service, options: argparse.Namespace, console: Console, figures: dict[str, Any]) -> None:
    functions_alone = function_items(looping=False)
    if "idle" in options.parts:
        p50, p99 = asyncio.run(idle_latency(service, functions_alone[0]))
        console.print(f"one program, 16 tests, idle: p50 {p50:.0f} ms, p99 {p99:.0f} ms")
        figures |= {"idle_p50_ms": p50, "idle_p99_ms": p99}
    if "rates" in options.parts:
        figures["rates"] = _rate_rows(service, options, console)
        if "load" in options.parts and "plain" in options.batches:
            figures["load"] = _load_rows(service, figures["rates"][0]["service"], options.seconds, console)
    if options.soak:
        figures["soak"] = asyncio.run(soak(service, functions_alone + stdin_items(looping=False), options.soak))
        console.print(figures["soak"])


def main() -> None:
    """Measure and print; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", default=os.environ.get("CODERM__SANDBOX__IMAGE", "coderm-sandbox"), help="sandbox image")
    parser.add_argument("--canaries", type=int, default=0, help="canaries of a unit test suite; the bare sandbox runs none")
    parser.add_argument("--repeat", type=int, default=2, help="textual variants of every program in the rate's batch")
    parser.add_argument("--rounds", type=int, default=2, help="times that each rate is measured")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each load")
    parser.add_argument(
        "--parts", nargs="*", default=["idle", "rates", "load"], choices=["idle", "rates", "load"], help="what to measure"
    )
    parser.add_argument("--batches", nargs="+", default=list(LABELS), choices=list(LABELS), help="without or with looping programs")
    parser.add_argument("--soak", type=float, default=0.0, help="seconds of training steps at the end")
    parser.add_argument("--peer", nargs="*", default=[], help="NAME=INTERPRETER, or sandboxfusion=URL")
    options = parser.parse_args()
    console = Console(width=132)
    peers = _peer_rows(options, console) if options.peer else []
    service = Service(options.canaries, options.image, 262_144)
    start_s = service.start()
    figures: dict[str, Any] = {"start_s": start_s, "peers": peers}
    try:
        console.print(f"ready after {start_s:.1f} s, {sum(service.memory_mb().values()):.0f} MiB")
        _measure(service, options, console, figures)
    finally:
        figures["exit_code"] = service.stop()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
