"""Builds the sandbox image: a Python with numpy and the runner.

Idempotent: an image whose label equals the digest of the runner's sources is kept. `auto` takes the stock Python image when a
registry gives it within seconds and makes a Debian base otherwise.
"""

import contextlib
import io
import sys
import tarfile
from typing import IO, Any

from coderm.errors import EngineError
from coderm.sandbox.containers.debootstrap import SUITES, import_base
from coderm.sandbox.containers.engine import LABEL_RUNNER, call, connect, inspect_image, is_missing
from coderm.sandbox.runner_sources import HERE, runner_digest, sources

PYTHON = "3.11"
"""Python of the image where none is asked for."""
PROBE_TIMEOUT_S = 20
"""Longest wait for a registry's first answer before `auto` turns to debootstrap."""
BUILD_TIMEOUT_S = 900


def build(image: str, base: str = "auto", base_image: str = "", *, python: str = PYTHON, force: bool = False) -> str:
    """Build `image` unless it is up to date; return one line that says what was done. Raises EngineError with the remedy.

    python: version such as 3.13 of the base, where none is named.
    """
    client = connect(BUILD_TIMEOUT_S)
    try:
        before = inspect_image(client, image)
        if not force and before and (before["Config"]["Labels"] or {}).get(LABEL_RUNNER) == runner_digest():
            return f"{image}: up to date"
        base_image = base_image or _choose_base(client, base, python)
        _build(client, image, base_image)
        _drop(client, image, before)
        return f"{image}: built on {base_image}"
    finally:
        client.close()


def _choose_base(client: Any, base: str, python: str) -> str:
    stock = f"python:{python}-slim"
    if base in ("auto", "stock") and (inspect_image(client, stock) or _pull(client, stock)):
        return stock
    if base == "stock":
        raise EngineError(f"no registry gives {stock}; use --base debootstrap, or --base-image with one that is here")
    if python not in SUITES:
        raise EngineError(
            f"Python {python} is not to be had here: no registry gives {stock}, and Debian has {' and '.join(SUITES)}; set "
            "sandbox.python to one of these, or name an image of yours with --base-image"
        )
    made = f"coderm-sandbox-base:debootstrap{'' if python == PYTHON else f'-{SUITES[python]}'}"
    if not inspect_image(client, made):
        sys.stderr.write("no registry answers; making a base with debootstrap (about a minute)\n")
        import_base(client, made, SUITES[python])
    return made


def _pull(client: Any, image: str) -> bool:
    """Pull a stock image; False when the registry does not answer soon or has none."""
    probe = connect(PROBE_TIMEOUT_S)
    try:
        call(lambda: probe.inspect_distribution(image), "reach the registry", retry=False)
        call(lambda: client.pull(image), f"pull {image}", retry=False)
    except EngineError:
        return False
    except Exception as error:
        if is_missing(error):
            return False
        raise
    finally:
        probe.close()
    return True


def _build(client: Any, image: str, base_image: str) -> None:
    tag = image if ":" in image else f"{image}:latest"
    run_build(client, _context(), tag, {LABEL_RUNNER: runner_digest()}, {"BASE": base_image})


def run_build(
    client: Any, context: IO[bytes], tag: str, labels: dict[str, str], arguments: dict[str, str], network: str | None = None
) -> list[str]:
    """Build and name an image from an archive; return what the build said. Raises EngineError with its last lines."""
    options = {"labels": labels, "buildargs": arguments, "network_mode": network, "rm": True, "forcerm": True, "decode": True}
    lines = call(
        lambda: client.build(fileobj=context, custom_context=True, tag=tag, **options), f"build the image {tag}", retry=False
    )
    said: list[str] = []
    for line in lines:
        if "error" in line:
            raise EngineError(f"building {tag} failed: {str(line['error']).strip()} [{''.join(said[-5:]).strip()}]")
        said.append(str(line.get("stream", "")))
    return said


def _drop(client: Any, image: str, before: Any) -> None:
    """Remove the image that lost its name to the new one; one that containers still use stays."""
    import docker.errors

    if before and before["Id"] != inspect_image(client, image)["Id"]:  # a cached build gives the same one
        with contextlib.suppress(EngineError, docker.errors.NotFound):
            call(lambda: client.remove_image(before["Id"]), "remove the former image", retry=False)


def _context() -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in sources():
            tar.add(path, "Dockerfile" if path.name == "Dockerfile" else str(path.relative_to(HERE)), filter=normal)
    buffer.seek(0)
    return buffer


def normal(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """An entry of an archive without what differs between machines."""
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mode, info.mtime = 0o755 if info.isdir() else 0o644, 0
    return info
