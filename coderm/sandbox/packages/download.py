"""Fetches wheels for a Python that need not be this one, by pip, whose index is the one that pip is set up for here.

Wheels only: a source distribution would run its own code on this machine.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from coderm.config.packages import Package
from coderm.errors import EngineError
from coderm.sandbox.packages.lock import Lock

DEADLINE_S = 1800.0
"""Longest time for one call of pip; half a gigabyte over a slow line."""
OLDEST_GLIBC = 5
"""Minor version of glibc 2 that the oldest wheels ask for (manylinux1)."""
_LEGACY = (("manylinux2014", 17), ("manylinux2010", 12), ("manylinux1", 5))
_UNREACHED = re.compile(
    r"Retrying \(Retry|NewConnectionError|ConnectTimeout|ReadTimeout|Name or service not known|ProxyError|SSLError"
)
_MISSING = re.compile(
    r"(?:satisfies the requirement|distribution found for) ([^\s(]+).*?(?:\(from versions: ([^)]*)\)|$)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Target:
    """For which Python wheels are wanted. python: as 3.11; machine: as x86_64; glibc: minor version of glibc 2."""

    python: str
    machine: str
    glibc: int

    def __str__(self) -> str:
        return f"Python {self.python} on {self.machine} with glibc 2.{self.glibc}"

    def options(self) -> list[str]:
        """Options of pip, the best platform first."""
        newest = [f"manylinux_2_{minor}" for minor in range(self.glibc, OLDEST_GLIBC - 1, -1)]
        tags = [*newest, *(name for name, minor in _LEGACY if minor <= self.glibc), "linux"]
        platforms = [option for tag in tags for option in ("--platform", f"{tag}_{self.machine}")]
        return ["--only-binary=:all:", "--implementation", "cp", "--python-version", self.python, *platforms]


def download(packages: Iterable[Package], target: Target, directory: Path) -> Lock:
    """Resolve packages with dependencies, fetch the wheels into a directory and pin them. Raises EngineError with the remedy."""
    directory.mkdir()
    wanted = directory.with_suffix(".txt")
    wanted.write_text("".join(package.line + "\n" for package in packages), encoding="utf-8")
    _pip(["download", *target.options(), "--dest", str(directory), "--requirement", str(wanted)], target)
    return Lock.of_wheels(directory)


def unpack(wheels: Path, target: Target, directory: Path) -> None:
    """Lay the wheels of a directory out as one importable directory; scripts are left out."""
    files = [str(path) for path in sorted(wheels.glob("*.whl"))]
    _pip(["install", *target.options(), "--no-deps", "--no-index", "--no-compile", "--target", str(directory), *files], target)


def _pip(arguments: list[str], target: Target) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "--no-input", "--progress-bar", "off", "--disable-pip-version-check"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=DEADLINE_S, check=False)
    except subprocess.TimeoutExpired:
        raise EngineError(f"sandbox.packages: pip took more than {DEADLINE_S:.0f} s; is the package index reachable?") from None
    if done.returncode:
        raise EngineError(f"sandbox.packages: {explain_failure(done.stdout + done.stderr, target)}")


def explain_failure(output: str, target: Target) -> str:
    """Say in one line what pip could not do, and the remedy."""
    if "No module named pip" in output:
        return "pip is missing in this Python; add it with `python -m ensurepip`"
    if _UNREACHED.search(output):
        return "no package index answers; check the network and pip's settings (`pip config list`)"
    if "DO NOT MATCH THE HASHES" in output:
        return "a wheel is not the one that the lock names; the index or the lock was changed, so resolve anew from names"
    if "ResolutionImpossible" in output or "The conflict is caused by" in output:
        causes = output.partition("The conflict is caused by:")[2].strip().splitlines()
        named = "; ".join(line.strip() for line in causes[: causes.index("") if "" in causes else None])
        return f"the packages conflict ({named}); loosen or leave out one of them"
    if missing := _MISSING.search(output):
        name, versions = missing[1], missing[2]
        if versions and versions != "none":
            return f"{name}: no such version has a wheel for {target}; there are {', '.join(versions.split(', ')[-5:])}"
        return f"{name}: the index has no such package, or no wheel of it for {target}; check the name or leave it out"
    lines = [line for line in output.splitlines() if line.strip()]
    return f"pip failed ({(lines or ['it said nothing'])[-1].strip()[:300]})"
