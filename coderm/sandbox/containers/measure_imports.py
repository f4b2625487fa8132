"""Runs inside the build of an image with packages: decides which of them the server imports before it serves.

Standard library only. Writes the modules to import to `warm`, and prints what each one costs or why it is not imported. Each
import is tried in a fork first. The rule knows memory and threads but no time, and reads the lock alone, so that the same packages
give the same list on every machine.
"""

import importlib
import json
import os
import re
import signal
import time
from collections.abc import Iterator
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

HERE = Path("/opt/coderm")
WARM_MB = 320
"""Most memory of all warm packages together; containers with packages get as much more."""
WORTH_TELLING_MB = 5
DEADLINE_S = 120
ALSO = {
    "scipy": ("scipy.special", "scipy.linalg", "scipy.optimize", "scipy.stats"),
    "matplotlib": ("matplotlib.pyplot",),
    "pil": ("PIL.Image",),
}
"""Parts that a package does not import itself and that programs use."""
LEFT_OUT = {"test", "tests", "testing", "doc", "docs", "example", "examples", "bin", "scripts", "setup", "pip"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> list[str]:
    """Distributions of the lock, those that most others need first."""
    names = [canonical(line.partition("==")[0]) for line in (HERE / "packages.lock").read_text().splitlines()]
    needed = dict.fromkeys(names, 0)
    for found in distributions():
        for requirement in {canonical(re.split(r"[^\w.-]", text)[0]) for text in found.requires or () if "extra ==" not in text}:
            needed[requirement] = needed.get(requirement, 0) + 1
    return sorted(names, key=lambda name: (-needed[name], name))


def modules_of(names: list[str]) -> Iterator[str]:
    """Top modules of distributions, and the parts that these do not import."""
    owners = {module: {canonical(name) for name in found} for module, found in packages_distributions().items()}
    for name in names:
        for module in sorted(module for module, found in owners.items() if name in found):
            if module.isidentifier() and not module.startswith("_") and module.lower() not in LEFT_OUT:
                yield from (module, *ALSO.get(module.lower(), ()))


def memory_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def attempt(module: str) -> dict[str, float | str]:
    """Import a module in a fork; return what it costs, or why it fails."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(DEADLINE_S)
        os.write(writer, json.dumps(_cost(module)).encode())
        os._exit(0)
    os.close(writer)
    with open(reader, "rb") as answer:
        said = answer.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return json.loads(said) if said else {"why": f"the process ended with {status}"}


def _cost(module: str) -> dict[str, float | str]:
    before, started = memory_mb(), time.perf_counter()
    try:
        importlib.import_module(module)
    except BaseException as error:  # noqa: BLE001 - of code that is not ours, in a fork that ends here
        return {"why": f"{type(error).__name__}: {error}"[:200]}
    seconds = time.perf_counter() - started
    return {"mb": memory_mb() - before, "s": seconds, "threads": len(os.listdir("/proc/self/task"))}


def main() -> None:
    """Take modules as long as there is room."""
    warm: list[str] = []
    left = float(WARM_MB)
    for module in dict.fromkeys(modules_of(locked())):
        cost = attempt(module)
        if why := cost.get("why"):
            print(f"import: {module} fails: {why}".replace("\n", " "))
            continue
        fits = float(cost["mb"]) <= left and cost["threads"] == 1
        if float(cost["mb"]) >= WORTH_TELLING_MB:
            print(
                f"import: {module} is {'warm' if fits else 'left to programs'}: "
                f"{cost['mb']:.0f} MiB, {cost['s']:.2f} s, {cost['threads']} threads"
            )
        if fits:
            importlib.import_module(module)
            warm.append(module)
            left -= float(cost["mb"])
    (HERE / "warm").write_text("\n".join(warm) + "\n")


if __name__ == "__main__":
    main()
