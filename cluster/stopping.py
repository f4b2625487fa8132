"""Ctrl-C while a run works: the first lets finish what is under way, the second stops now, as SIGTERM does at once."""

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def first_interrupt() -> Iterator[Callable[[], bool]]:
    """Yield whether Ctrl-C came; the handler that was there is back in place from then on.

    Only the main thread hears signals; elsewhere none comes.
    """
    came = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield came.is_set
        return
    usual = signal.getsignal(signal.SIGINT)

    def finish(number: int, frame: object) -> None:
        signal.signal(signal.SIGINT, usual)
        came.set()
        print("coderm: finishing what is under way; Ctrl-C again stops now", file=sys.stderr, flush=True)

    signal.signal(signal.SIGINT, finish)
    try:
        yield came.is_set
    finally:
        if signal.getsignal(signal.SIGINT) is finish:
            signal.signal(signal.SIGINT, usual)
