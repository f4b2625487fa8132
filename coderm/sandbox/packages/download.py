"""Fetches wheels for a Python that need not be this one, by pip, whose index is the one that pip is set up for here.

Wheels only: a source distribution would run its own code on this machine.
"""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path

from coderm.config.packages import Package
from coderm.errors import EngineError
from coderm.sandbox.packages.lock import Lock

DEADLINE_S = 1800.0
"""Longest time for one call of pip; half a gigabyte over a slow line."""
OLDEST_GLIBC = 5
"""Minor version of glibc 2 that the oldest wheels ask for (manylinux1)."""
MOST_ROUNDS = 4
"""Times pip is asked again for what only the other Python needs."""
UNPACKED = ("--no-deps", "--no-index", "--no-compile", "--ignore-requires-python")
"""What was resolved is laid out as it is; Requires-Python is of the Python that judges."""
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
    lines = [package.line for package in packages]
    file = directory.with_suffix(".txt")
    for _ in range(MOST_ROUNDS):
        file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        _pip(["download", *target.options(), "--dest", str(directory), "--requirement", str(file)], target)
        if not (missing := unmet(directory, target)):
            break
        lines += missing
    return Lock.of_wheels(directory)


def unmet(directory: Path, target: Target) -> list[str]:
    """Return what the wheels need on `target` and is not among them: pip reads markers as of the Python that it runs under."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name, parse_wheel_filename

    wheels = sorted(directory.glob("*.whl"))
    names = {parse_wheel_filename(wheel.name)[0] for wheel in wheels}
    needed = (Requirement(text) for wheel in wheels for text in _metadata(wheel).get_all("Requires-Dist", ()))
    there = {"python_version": target.python, "python_full_version": f"{target.python}.0", "extra": ""}
    missing = [item for item in needed if canonicalize_name(item.name) not in names]
    return sorted({f"{item.name}{item.specifier}" for item in missing if item.marker is None or item.marker.evaluate(there)})


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def unpack(wheels: Path, target: Target, directory: Path) -> None:
    """Lay the wheels of a directory out as one importable directory; scripts are left out."""
    files = [str(path) for path in sorted(wheels.glob("*.whl"))]
    _pip(["install", *target.options(), *UNPACKED, "--target", str(directory), *files], target)


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
