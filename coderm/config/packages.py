"""What `sandbox.packages` and a requirements file may say: names of distributions with versions, and digests of their wheels.

These texts reach pip, so nothing else is let through: no option, no URL, no path. Reads the requirements file; installs nothing.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from coderm.config.package_presets import PRESETS
from coderm.errors import DataError

_DIGEST = re.compile(r"\s+--hash=sha256:([0-9a-f]{64})(?=\s|$)")
_COMMENT = re.compile(r"(^|\s)#.*$")


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One distribution that is wanted. text: its requirement in one normal form. digests: of the wheels that may be it, sha256."""

    name: str
    text: str
    digests: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """As pip reads it."""
        return " ".join((self.text, *(f"--hash=sha256:{digest}" for digest in self.digests)))


def parse_package(line: str) -> tuple[Package, ...]:
    """Read one entry; a preset's name gives several. Raises ValueError that names the entry and what is allowed."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    text = line.strip()
    if text in PRESETS:
        return tuple(package for name in PRESETS[text] for package in parse_package(name))
    digests = tuple(sorted(_DIGEST.findall(text)))
    bare = _DIGEST.sub("", text).strip()
    if any(word.startswith("-") for word in bare.split()):
        raise ValueError(f"{text!r}: options are not allowed but --hash=sha256:...; give names such as pandas or pandas==2.2.3")
    try:
        requirement = Requirement(bare)
    except InvalidRequirement as error:
        raise ValueError(f"{text!r} is no name of a package ({_first_line(error)}); write it like pandas or pandas>=2") from None
    if requirement.url:
        raise ValueError(f"{text!r}: addresses and paths are not allowed; name a package of the index, as in {requirement.name}")
    requirement.name = canonicalize_name(requirement.name)
    return (Package(requirement.name, str(requirement), digests),)


def read_requirements(path: Path) -> tuple[Package, ...]:
    """Read a requirements file, such as a run's `packages.lock`. Raises DataError with file and line."""
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise DataError(f"{path}: cannot be read ({reason}); check sandbox.requirements") from None
    found: list[Package] = []
    for number, line in enumerate(content.replace("\\\n", " ").splitlines(), start=1):
        text = _COMMENT.sub("", line).strip()
        try:
            found += parse_package(text) if text else ()
        except ValueError as error:
            raise DataError(f"{path}:{number}: {error}") from None
    return tuple(found)


def wanted_packages(packages: tuple[str, ...], requirements: str) -> tuple[Package, ...]:
    """Everything that setting and file want, each once and in order of names; empty where nothing is wanted. Raises InputError."""
    found = {package for line in packages for package in parse_package(line)}
    found |= set(read_requirements(Path(requirements))) if requirements else set()
    with_digest = sum(bool(package.digests) for package in found)
    if with_digest not in (0, len(found)):
        bare = min(package.name for package in found if not package.digests)
        raise DataError(f"sandbox.packages: {bare} has no --hash and others have; give all of a lock file, or names without hashes")
    return tuple(sorted(found))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
