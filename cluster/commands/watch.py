"""What `coderm watch` does: looks at a run or a service until it is over or the watcher has seen enough; starts no Ray."""

import math
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from rich.console import Console

from coderm.errors import ClusterError, ConfigError, DataError
from coderm.report.live.look import Look
from coderm.report.live.run_watch import RunWatch
from coderm.report.live.server import served
from coderm.report.live.terminal import drawn
from coderm.report.live.terminal import watch as watched


def watch(target: str, *, page: bool, port: int, every_s: float, once: bool) -> int:
    """`coderm watch`: in the terminal, or with `page` in a browser; 3 where a run was broken off."""
    if not (math.isfinite(every_s) and every_s > 0):
        raise ConfigError(f"--every {every_s}: give seconds above 0")
    if not 0 <= port <= 65535:
        raise ConfigError(f"--port {port}: give a port, 1 to 65535, or none for a free one")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _enough)  # nothing has to be removed, and what is watched goes on
    look, console = _source(target), Console()
    try:
        if once:
            return _ended(_there(look()), console)
        if not page:
            return _code(watched(look, console, every_s))
        look()  # what cannot be watched is told here, not in the page
        with served(look, port, every_s) as address:
            console.print(f"{address}\nonly this machine can open it; Ctrl-C ends the page, and nothing else", soft_wrap=True)
            while True:
                time.sleep(every_s)
    except KeyboardInterrupt:
        console.print("no longer watching; what was watched goes on")
        return 0


def _enough(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _source(target: str) -> Callable[[], Look]:
    if target.startswith(("http://", "https://")):
        from coderm.service.live import ServiceWatch

        return ServiceWatch(target).look
    return RunWatch(Path(target)).look


def _there(look: Look) -> Look:
    if look.state == "waiting":
        raise DataError(f"{look.title}: no run directory; without --once its beginning is waited for")
    return look


def _ended(look: Look, console: Console) -> int:
    console.print(drawn(look), soft_wrap=True)
    return _code(look)


def _code(look: Look) -> int:
    return ClusterError.exit_code if look.state == "stopped" else 0
