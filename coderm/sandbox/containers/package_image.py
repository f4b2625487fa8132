"""The image that a sandbox config asks for: the one that `make image` built, or one with packages or another Python on top of it.

Such an image is named by its content: what is wanted, and the image below it. It is built once, on first use, without network,
from wheels that the host fetched. A build that fails leaves nothing behind.
"""

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from coderm.config.packages import Package, wanted_packages
from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError
from coderm.sandbox.containers.base_image import BUILD_TIMEOUT_S, build, normal, run_build
from coderm.sandbox.containers.engine import LABEL_RUNNER, call, connect, inspect_image
from coderm.sandbox.containers.image_probe import target_of
from coderm.sandbox.packages.download import download, unpack
from coderm.sandbox.packages.lock import NO_PACKAGES, Lock
from coderm.sandbox.runner_sources import runner_digest

HERE = Path(__file__).parent
LABEL_LOCK = "coderm.lock"
"""On an image with packages: its lock."""
LABEL_WANTED = "coderm.wanted"
"""Digest of what was asked for, whatever the image below; the lock of an earlier image answers for the same question."""
LABEL_BASE = "coderm.base"
"""Id of the image below."""
LABEL_BUILD = "coderm.build"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SandboxImage:
    """An image that is here, and the packages in it beside its base."""

    name: str
    lock: Lock = NO_PACKAGES


def tell(line: str) -> None:
    """Show a step of a build to whoever waits."""
    sys.stderr.write(f"sandbox: {line}\n")


def ready_image(client: Any, config: SandboxConfig, say: Say = tell) -> SandboxImage:
    """Return the image for a config, built now where it is missing. Raises EngineError or InputError with the remedy."""
    base = _base(client, config, say)
    packages = wanted_packages(config.packages, config.requirements)
    if not packages:
        return SandboxImage(base)
    if there := find_image(client, base, packages):
        return there
    with _one_builder():
        return find_image(client, base, packages) or _build(base, packages, say)


def find_image(client: Any, base: str, packages: tuple[Package, ...]) -> SandboxImage | None:
    """Return the image with these packages on `base` if it is here."""
    name = _name(base, _id(client, base), packages)
    labels = _labels(client, name)
    return SandboxImage(name, Lock.parse(labels[LABEL_LOCK])) if LABEL_LOCK in labels else None


def other_locks(client: Any) -> list[Lock]:
    """Packages of all images that were built here from these sources."""
    found = call(lambda: client.images(filters={"label": [LABEL_LOCK, f"{LABEL_RUNNER}={runner_digest()}"]}), "list images")
    return [Lock.parse(image["Labels"][LABEL_LOCK]) for image in found]


def check_image(client: Any, image: str) -> None:
    """Refuse an image that is missing or was built from other runner sources."""
    if inspect_image(client, image) is None:
        raise EngineError(f"the sandbox image {image!r} does not exist; build it with `make image`")
    if _labels(client, image).get(LABEL_RUNNER) != runner_digest():
        raise EngineError(f"the sandbox image {image!r} was built from other sources; rebuild it with `make image`")


def find_base(client: Any, config: SandboxConfig) -> str:
    """Name the image below: `sandbox.image`, or one beside it with the Python asked for; empty where that one is not here."""
    if not config.python:
        check_image(client, config.image)
        return config.image
    fresh = (name for name in (_other(config), config.image) if _labels(client, name).get(LABEL_RUNNER) == runner_digest())
    return next((name for name in fresh if target_of(client, name).python == config.python), "")


def _base(client: Any, config: SandboxConfig, say: Say) -> str:
    """Return `find_base`, made now where it is not here."""
    if there := find_base(client, config):
        return there
    with _one_builder():
        say(f"making an image with Python {config.python}; this happens once")
        say(build(_other(config), python=config.python))
    if there := find_base(client, config):
        return there
    raise EngineError(f"{_other(config)} has another Python than {config.python}; remove it with `docker rmi {_other(config)}`")


def _other(config: SandboxConfig) -> str:
    return f"{_repository(config.image)}:python-{config.python}"


def _build(base: str, packages: tuple[Package, ...], say: Say) -> SandboxImage:
    started = time.monotonic()
    client = connect(BUILD_TIMEOUT_S)
    nonce = secrets.token_hex(8)
    try:
        target = target_of(client, base)
        wanted = _digest(target.python, *(package.line for package in packages))
        known = _known_lock(client, wanted)
        with tempfile.TemporaryDirectory(prefix="coderm-packages-") as directory:
            say(f"fetching {', '.join(package.text for package in packages)} for {target}")
            lock = download(known.packages if known else packages, target, Path(directory, "wheels"))
            unpack(Path(directory, "wheels"), target, Path(directory, "packages"))
            shutil.rmtree(Path(directory, "wheels"))
            name = _name(base, _id(client, base), packages)
            say(f"building {name} with {len(lock.packages)} packages")
            labels = {LABEL_LOCK: lock.text, LABEL_WANTED: wanted, LABEL_BASE: _id(client, base)}
            with _context(Path(directory), lock) as context:
                said = run_build(client, context, name, labels, {"BASE": base, "BUILD": nonce}, network="none")
        for line in "".join(said).splitlines():
            if line.startswith("import: "):
                say(line)
        _tag_by_lock(client, base, name, lock)
        _drop_stale(client, wanted)
        say(f"{name} is ready after {time.monotonic() - started:.0f} s")
        return SandboxImage(name, lock)
    finally:
        with contextlib.suppress(EngineError):
            call(lambda: client.prune_images({"dangling": True, "label": f"{LABEL_BUILD}={nonce}"}), "remove parts of a build")
        client.close()


@contextlib.contextmanager
def _context(directory: Path, lock: Lock) -> Iterator[IO[bytes]]:
    """The files of a build as one archive; a file, since packages may be larger than memory."""
    Path(directory, "packages.lock").write_text(lock.text, encoding="utf-8")
    with tempfile.TemporaryFile(dir=directory) as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            for name in ("packages", "packages.lock"):
                tar.add(directory / name, name, filter=normal)
            tar.add(HERE / "packages.Dockerfile", "Dockerfile", filter=normal)
            tar.add(HERE / "measure_imports.py", "measure_imports.py", filter=normal)
        file.seek(0)
        yield file


def _known_lock(client: Any, wanted: str) -> Lock | None:
    """Return the lock that an earlier image for the same wishes has, so that versions stay when the image below is new."""
    for image in call(lambda: client.images(filters={"label": f"{LABEL_WANTED}={wanted}"}), "list images"):
        return Lock.parse(image["Labels"][LABEL_LOCK])
    return None


def _tag_by_lock(client: Any, base: str, name: str, lock: Lock) -> None:
    """Name the image by its exact versions, too: a run asks for those once it has resolved them."""
    repository, _, tag = _name(base, _id(client, base), lock.packages).rpartition(":")
    call(lambda: client.tag(name, repository, tag), "name the image")


def _drop_stale(client: Any, wanted: str) -> None:
    """Remove images for the same wishes whose image below has lost its name to a newer one."""
    for image in call(lambda: client.images(filters={"label": f"{LABEL_WANTED}={wanted}"}), "list images"):
        below = inspect_image(client, image["Labels"][LABEL_BASE])
        if below is None or not below["RepoTags"]:
            for name in image["RepoTags"] or [image["Id"]]:
                with contextlib.suppress(Exception):  # one that a container still uses stays
                    client.remove_image(name)


@contextlib.contextmanager
def _one_builder() -> Iterator[None]:
    """Let one process of this machine build at a time; the others find what it built."""
    fd = os.open(tempfile.gettempdir(), os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _name(base: str, identity: str, packages: tuple[Package, ...]) -> str:
    return f"{_repository(base)}:packages-{_digest(identity, *(package.line for package in packages))}"


def _repository(image: str) -> str:
    """The image's name without its tag; a port of a registry is no tag."""
    head, _, tail = image.rpartition(":")
    return head if head and "/" not in tail else image


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


def _id(client: Any, image: str) -> str:
    inspected = inspect_image(client, image)
    if inspected is None:
        raise EngineError(f"the sandbox image {image!r} does not exist; build it with `make image`")
    return str(inspected["Id"])


def _labels(client: Any, image: str) -> Mapping[str, str]:
    inspected = inspect_image(client, image)
    return (inspected["Config"]["Labels"] or {}) if inspected else {}
