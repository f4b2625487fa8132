"""Packages of the `local` sandbox: those of the Python that runs CodeRM, which are looked up and never installed."""

import sys
from importlib.metadata import PackageNotFoundError, version

from coderm.config.packages import Package, wanted_packages
from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError
from coderm.sandbox.packages.lock import Lock


def installed_packages(config: SandboxConfig) -> Lock:
    """Return the versions of the packages that a config wants. Raises EngineError naming what is not here."""
    here = ".".join(map(str, sys.version_info[:2]))
    if config.python not in ("", here):
        raise EngineError(
            f"sandbox.type = local runs programs under this Python, which is {here}; leave sandbox.python = {config.python!r} out, "
            "or set sandbox.type = docker"
        )
    found = (_installed(package) for package in wanted_packages(config.packages, config.requirements))
    return Lock(tuple(package for package in found if package))


def _installed(package: Package) -> Package | None:
    """Pin one package; None where its marker excludes this Python."""
    from packaging.requirements import Requirement

    requirement = Requirement(package.text)
    if requirement.marker and not requirement.marker.evaluate():
        return None
    try:
        found = version(package.name)
    except PackageNotFoundError:
        raise EngineError(_remedy(package, f"{package.name} is not installed in this Python")) from None
    if not requirement.specifier.contains(found, prereleases=True):
        raise EngineError(_remedy(package, f"{package.name} is {found} in this Python"))
    return Package(package.name, f"{package.name}=={found}")


def _remedy(package: Package, why: str) -> str:
    remedy = f"`pip install '{package.text}'`, or set sandbox.type = docker"
    return f"sandbox.packages: {why}, which judges with sandbox.type = local; {remedy}"
