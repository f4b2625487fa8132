"""A lock: exact versions and wheel digests of everything that an image has beside its base. The same lock gives the same files."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from coderm.config.packages import Package, parse_package


@dataclass(frozen=True, slots=True)
class Lock:
    """Pinned packages in order of names, dependencies included."""

    packages: tuple[Package, ...] = ()

    @classmethod
    def of_wheels(cls, directory: Path) -> "Lock":
        """Pin what the wheels of a directory are."""
        return cls(tuple(sorted(_pinned(path) for path in directory.glob("*.whl"))))

    @classmethod
    def parse(cls, text: str) -> "Lock":
        """Read `text` back. Raises ValueError."""
        return cls(tuple(package for line in text.splitlines() if line for package in parse_package(line)))

    @property
    def text(self) -> str:
        """One line a package."""
        return "".join(package.line + "\n" for package in self.packages)

    @property
    def digest(self) -> str:
        """Short name of the content; equal on nodes that hold the same packages. Empty without any."""
        return hashlib.blake2b(self.text.encode(), digest_size=8).hexdigest() if self.packages else ""

    @property
    def versions(self) -> dict[str, str]:
        """Version of each package by name."""
        return {package.name: package.text.partition("==")[2] for package in self.packages}

    @property
    def lines(self) -> tuple[str, ...]:
        """The lock as values of `sandbox.packages`."""
        return tuple(package.line for package in self.packages)


NO_PACKAGES = Lock()


def _pinned(wheel: Path) -> Package:
    from packaging.utils import parse_wheel_filename

    name, version, *_ = parse_wheel_filename(wheel.name)
    with wheel.open("rb") as content:
        return Package(name, f"{name}=={version}", (hashlib.file_digest(content, "sha256").hexdigest(),))
