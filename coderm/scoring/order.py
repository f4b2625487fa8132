"""Which programs of a request come first: those that cannot wait before those that may.

What waits for what never comes costs an executor as much as a program of a dozen tests, and nobody else should have to wait for it.
A look at what a text imports, and no proof: it decides the order of blocks, never a verdict. Who deceives it wins nothing.
"""

import re

MODULES = "time|threading|_thread|queue|sched|signal|select|selectors|socket|asyncio|concurrent|multiprocessing|subprocess|os|fcntl"
"""Modules without which a program hardly comes to wait."""
NAMES_BEFORE = r"(?:[\w.]+(?:[ \t]+as[ \t]+\w+)?[ \t]*,[ \t]*)*"
"""What else may stand before one of them in its import."""
_MAY_WAIT = re.compile(rf"\b(?:import|from)[ \t]+{NAMES_BEFORE}(?:{MODULES})\b|\binput[ \t]*\(|__import__|\bimportlib\b")


def may_wait(text: str) -> bool:
    """Whether a program has what it takes to wait."""
    return _MAY_WAIT.search(text) is not None
