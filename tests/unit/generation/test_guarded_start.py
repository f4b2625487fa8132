"""What an engine's start leaves running: nothing when it fails or comes up too late, its processes when it is in time."""

import asyncio
import os
import signal
import subprocess
import sys
import threading

import pytest
from test_process_guard import ends

from coderm.generation.guarded_start import start_guarded
from coderm.generation.process_guard import MARK, EngineGuard

KILLED_LATE = """
import asyncio, contextlib, os, subprocess, threading, time
from coderm.generation.process_guard import EngineGuard
from coderm.generation.guarded_start import start_guarded

late = threading.Event()

def start():
    late.wait()
    print(subprocess.Popen(["sleep", "600"]).pid, flush=True)
    threading.Event().wait()

async def main():
    with contextlib.suppress(TimeoutError):
        await start_guarded(EngineGuard(), start, 0.05)
    late.set()
    await asyncio.sleep(600)

asyncio.run(main())
"""


class SlowEngine:
    """Starts a process once it is told to; `started` holds it."""

    def __init__(self):
        self.late = threading.Event()
        self.started = []

    def start(self):
        self.late.wait(30)
        self.started.append(subprocess.Popen(["sleep", "600"]))
        return "engine"


def test_a_process_that_comes_up_after_the_time_out_is_ended():
    engine, guard = SlowEngine(), EngineGuard()

    async def run():
        with pytest.raises(TimeoutError):
            await start_guarded(guard, engine.start, 0.05)
        engine.late.set()
        while not engine.started:
            await asyncio.sleep(0.01)
        return await asyncio.to_thread(engine.started[0].wait, 30)

    assert asyncio.run(run()) == -signal.SIGKILL
    guard.close()
    assert MARK not in os.environ


def test_a_process_that_comes_up_after_a_cancelled_start_is_ended():
    engine = SlowEngine()

    async def run():
        task = asyncio.create_task(start_guarded(EngineGuard(), engine.start, 600))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        engine.late.set()
        while not engine.started:
            await asyncio.sleep(0.01)
        return await asyncio.to_thread(engine.started[0].wait, 30)

    assert asyncio.run(run()) == -signal.SIGKILL


def test_a_process_that_comes_up_late_ends_with_a_parent_that_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", KILLED_LATE], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert ends(child)


def test_a_start_in_time_keeps_its_processes_until_the_guard_is_closed():
    engine, guard = SlowEngine(), EngineGuard()
    engine.late.set()
    assert asyncio.run(start_guarded(guard, engine.start, 30)) == "engine"
    assert MARK not in os.environ
    assert engine.started[0].poll() is None
    guard.close()
    assert engine.started[0].wait(30) == -signal.SIGKILL


def test_a_start_that_fails_is_told_and_leaves_nothing():
    started = []

    def start():
        started.append(subprocess.Popen(["sleep", "600"]))
        raise ValueError("no such model")

    with pytest.raises(ValueError, match="no such model"):
        asyncio.run(start_guarded(EngineGuard(), start, 30))
    assert started[0].wait(30) == -signal.SIGKILL
    assert MARK not in os.environ


def test_the_mark_of_another_guard_is_let_be():
    first, second = EngineGuard(), EngineGuard()
    first.open()
    second.open()
    first.close()
    assert MARK in os.environ
    second.close()
    assert MARK not in os.environ
