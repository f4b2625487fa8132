"""Diagnoses a machine for everything a run needs; every finding says what is there or what to type."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from rich.console import Console

from coderm.config.packages import wanted_packages
from coderm.config.schema import OpenAIEngine, RunConfig, SandboxConfig, VllmEngine
from coderm.errors import CodeRMError, EngineError
from coderm.generation.model_files import resolve_model
from coderm.sandbox.containers.engine import connect
from coderm.sandbox.containers.package_image import find_base, find_image, other_locks
from coderm.sandbox.packages.installed import installed_packages
from coderm.sandbox.packages.lock import Lock
from coderm.sandbox.self_test import self_test
from coderm.sandbox.wire.client import judging_versions
from coderm.scheduling.roles import NO_FILES, check_roles, writing_roles

DISK_GB = 5.0
"""Room for an image, the embedded model and a run of ordinary size."""
OLDEST, NEWEST = (3, 11), (3, 13)
"""Pythons of the driver that CI tries; the whole suite runs on the oldest."""
OFF_OLDEST = (
    "; the whole suite runs on 3.11 only: programs are read by this Python and judged by the image's, so syntax that only this "
    "one knows is read as usable and fails there, and with sandbox.type = local this one judges"
)
"""What does not hold off the oldest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing checked: fine or not, and what is known or to be done."""

    name: str
    fine: bool
    text: str


def diagnose(config: RunConfig | None = None) -> Iterator[Finding]:
    """Yield findings one by one, as they are made; with a config also what its engines and cluster need."""
    yield diagnose_python(sys.version_info[:3])
    if config is not None and config.engines:
        yield _checked("roles", lambda: _roles(config))
    yield _disk()
    yield _checked("docker engine", _engine)
    yield _checked("sandbox image and limits", lambda: _sandbox(config.sandbox if config else SandboxConfig()))
    yield _checked("sandbox packages", lambda: _packages(config.sandbox if config else SandboxConfig()))
    yield _ray()
    yield _vllm()
    if config is None:
        yield _checked("embedded model", lambda: f"smollm2 at {resolve_model('smollm2')}")
        return
    for name, engine in config.engines.items():
        if isinstance(engine, VllmEngine):
            yield _checked(f"engine {name}", lambda engine=engine: f"{engine.model} at {resolve_model(engine.model)}")  # type: ignore[misc]
            yield _gpus(name, engine)
        elif isinstance(engine, OpenAIEngine):
            yield _key(name, engine)


def print_findings(findings: Iterator[Finding], console: Console) -> bool:
    """Print findings as they come and return whether all are fine."""
    fine = True
    for finding in findings:
        mark = "[green]ok     [/green]" if finding.fine else "[red]missing[/red]"
        console.print(f"{mark} {finding.name}: {finding.text}", soft_wrap=True)
        fine &= finding.fine
    return fine


def _checked(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, look())
    except CodeRMError as error:
        return Finding(name, False, error.message)


def diagnose_python(version: tuple[int, ...]) -> Finding:
    """Say what does not hold under the driver's Python (major, minor, micro)."""
    found = f"{'.'.join(map(str, version[:3]))}, {os.cpu_count()} CPUs"
    if version < OLDEST:
        return Finding("python", False, f"{found}; needs {_dotted(OLDEST)} or newer, make setup PYTHON=python{_dotted(OLDEST)}")
    if version[:2] > NEWEST:
        found += f"; tried up to {_dotted(NEWEST)} only"
    return Finding("python", True, found + ("" if version[:2] == OLDEST else OFF_OLDEST))


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _disk() -> Finding:
    free = shutil.disk_usage(".").free / 2**30
    return Finding("disk", free >= DISK_GB, f"{free:.0f} GiB free here" + ("" if free >= DISK_GB else f"; runs need {DISK_GB:.0f}"))


def _engine() -> str:
    client = connect(30.0)
    try:
        version = client.version()
        return f"Docker {version['Version']}, {client.info()['CgroupVersion']} cgroups"
    finally:
        client.close()


def _sandbox(config: SandboxConfig) -> str:
    if config.type == "local":
        return "sandbox.type = local protects nothing; docker does"
    proof = self_test(config.model_copy(update={"packages": (), "requirements": ""}))
    versions = " ".join(f"{name} {version}" for name, version in judging_versions(proof.environment).items())
    return f"{config.image}: {len(proof.limits)} limits proved on this node; programs run under {versions}"


def _packages(config: SandboxConfig) -> str:
    """Name the packages that programs may import; what is not built yet is built by a run, not here."""
    wanted = wanted_packages(config.packages, config.requirements)
    if config.type == "local":
        return _listed(installed_packages(config)) or "those of this Python"
    client = connect(config.engine_timeout_s)
    try:
        base = find_base(client, config)
        if not wanted:
            return "none; sandbox.packages adds some"
        if base and (image := find_image(client, base, wanted)):
            return f"{_listed(image.lock)} (image {image.name})"
        others = "; ".join(filter(None, map(_listed, other_locks(client)))) or "none"
    finally:
        client.close()
    names = " ".join(f"'{package.text}'" for package in wanted)
    remedy = f'a run builds it, or `make image ARGS="--packages {names}"`'
    raise EngineError(f"no image for {names} is built yet; {remedy}. Images here have: {others}")


def _listed(lock: Lock) -> str:
    return ", ".join(f"{name} {version}" for name, version in lock.versions.items())


def _roles(config: RunConfig) -> str:
    roles = writing_roles(config, NO_FILES)
    check_roles(config, roles)
    return ", ".join(f"{role} writes with engine {name}" for role, name in roles.items())


def _ray() -> Finding:
    if find_spec("ray") is None:
        return Finding("ray", False, "not installed; run `make setup`")
    import ray

    cluster = os.environ.get("RAY_ADDRESS", "")
    return Finding(
        "ray",
        True,
        f"{ray.__version__}; " + (f"RAY_ADDRESS = {cluster}" if cluster else "a run starts its own unless one is running"),
    )


def _vllm() -> Finding:
    if find_spec("vllm") is None:
        return Finding("vllm", False, "not installed; `make setup` installs the CPU build, `pip install -e '.[gpu]'` the GPU one")
    return Finding("vllm", True, "installed")


def _gpus(name: str, engine: VllmEngine) -> Finding:
    import torch

    have = torch.cuda.device_count()
    if have >= engine.gpus:
        return Finding(f"engine {name} devices", True, f"wants {engine.gpus} GPU(s), this node has {have}")
    text = f"wants {engine.gpus} GPU(s), this node has {have}; set engines.{name}.gpus = 0 or join a cluster that has them"
    return Finding(f"engine {name} devices", False, text)


def _key(name: str, engine: OpenAIEngine) -> Finding:
    there = bool(os.environ.get(engine.api_key_env))
    return Finding(f"engine {name} key", there, f"{engine.api_key_env} is set" if there else f"export {engine.api_key_env}=...")
