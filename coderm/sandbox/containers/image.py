"""Build the sandbox image: `python -m coderm.sandbox.containers.image [--base auto|stock|debootstrap] [--base-image NAME]`.

Idempotent: an image whose label equals the digest of the runner's sources is kept. `auto` takes the stock Python image when a
registry gives it within seconds and makes a Debian base otherwise.
"""

import argparse
import contextlib
import io
import sys
import tarfile
from typing import Any

from coderm.errors import CodeRMError, EngineError
from coderm.sandbox.containers.debootstrap import import_base
from coderm.sandbox.containers.engine import LABEL_RUNNER, call, connect, is_missing
from coderm.sandbox.runner_sources import HERE, runner_digest, sources

STOCK_BASE = "python:3.11-slim"
DEBOOTSTRAP_BASE = "coderm-sandbox-base:debootstrap"
PROBE_TIMEOUT_S = 20
"""Longest wait for a registry's first answer before `auto` turns to debootstrap."""
BUILD_TIMEOUT_S = 900


def build(image: str, base: str = "auto", base_image: str = "", *, force: bool = False) -> str:
    """Build `image` unless it is up to date; return one line that says what was done. Raises EngineError with the remedy."""
    client = connect(BUILD_TIMEOUT_S)
    try:
        if not force and _labels(client, image).get(LABEL_RUNNER) == runner_digest():
            return f"{image}: up to date"
        base_image = base_image or _choose_base(client, base)
        before = _inspect(client, image)
        _build(client, image, base_image)
        _drop(client, image, before)
        return f"{image}: built on {base_image}"
    finally:
        client.close()


def _labels(client: Any, image: str) -> dict[str, str]:
    inspected = _inspect(client, image)
    return (inspected["Config"]["Labels"] or {}) if inspected else {}


def _inspect(client: Any, image: str) -> Any:
    try:
        return call(lambda: client.inspect_image(image), "inspect the image")
    except Exception as error:
        if is_missing(error):
            return None
        raise


def _choose_base(client: Any, base: str) -> str:
    if base in ("auto", "stock") and (_inspect(client, STOCK_BASE) or _pull(client)):
        return STOCK_BASE
    if base == "stock":
        raise EngineError(f"no registry gives {STOCK_BASE}; use --base debootstrap, or --base-image with one that is here")
    if not _inspect(client, DEBOOTSTRAP_BASE):
        sys.stderr.write("no registry answers; making a base with debootstrap (about a minute)\n")
        import_base(client, DEBOOTSTRAP_BASE)
    return DEBOOTSTRAP_BASE


def _pull(client: Any) -> bool:
    """Pull the stock image; False when the registry does not answer soon."""
    probe = connect(PROBE_TIMEOUT_S)
    try:
        call(lambda: probe.inspect_distribution(STOCK_BASE), "reach the registry", retry=False)
    except EngineError:
        return False
    except Exception as error:
        if is_missing(error):
            return False
        raise
    finally:
        probe.close()
    try:
        call(lambda: client.pull(STOCK_BASE), f"pull {STOCK_BASE}")
    except EngineError:
        return False
    return True


def _build(client: Any, image: str, base_image: str) -> None:
    lines = call(
        lambda: client.build(
            fileobj=_context(),
            custom_context=True,
            tag=image if ":" in image else f"{image}:latest",
            buildargs={"BASE": base_image},
            labels={LABEL_RUNNER: runner_digest()},
            rm=True,
            forcerm=True,
            decode=True,
        ),
        "build the image",
        retry=False,
    )
    said: list[str] = []
    for line in lines:
        if "error" in line:
            raise EngineError(
                f"building {image} on {base_image} failed: {str(line['error']).strip()} [{''.join(said[-5:]).strip()}]"
            )
        said.append(str(line.get("stream", "")))


def _drop(client: Any, image: str, before: Any) -> None:
    """Remove the image that lost its name to the new one; one that containers still use stays."""
    import docker.errors

    if before and before["Id"] != _inspect(client, image)["Id"]:  # a cached build gives the same one
        with contextlib.suppress(EngineError, docker.errors.NotFound):
            call(lambda: client.remove_image(before["Id"]), "remove the former image", retry=False)


def _context() -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in sources():
            tar.add(path, "Dockerfile" if path.name == "Dockerfile" else str(path.relative_to(HERE)), filter=_normal)
    buffer.seek(0)
    return buffer


def _normal(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mode, info.mtime = 0o644, 0
    return info


def main() -> int:
    """Command line; returns an exit code."""
    parser = argparse.ArgumentParser(prog="python -m coderm.sandbox.containers.image", description="Build the sandbox image.")
    parser.add_argument("--image", default="coderm-sandbox", help="name of the image to build")
    parser.add_argument("--base", choices=("auto", "stock", "debootstrap"), default="auto", help="where the base comes from")
    parser.add_argument("--base-image", default="", help="build on this image, which must have python3 >= 3.11")
    parser.add_argument("--force", action="store_true", help="build even when the image is up to date")
    options = parser.parse_args()
    try:
        print(build(options.image, options.base, options.base_image, force=options.force))
    except CodeRMError as error:
        sys.stderr.write(f"error: {error.message}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
