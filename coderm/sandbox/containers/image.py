"""Command line of `make image`: `python -m coderm.sandbox.containers.image [--packages NAME ...] [--python 3.13] ...`."""

import argparse
import sys

from coderm.config.schema import SandboxConfig
from coderm.errors import CodeRMError, ConfigError
from coderm.sandbox.containers.base_image import BUILD_TIMEOUT_S, build
from coderm.sandbox.containers.engine import connect
from coderm.sandbox.containers.package_image import ready_image


def main(arguments: list[str] | None = None) -> int:
    """Build what is asked for; returns an exit code."""
    parser = argparse.ArgumentParser(prog="python -m coderm.sandbox.containers.image", description="Build the sandbox image.")
    parser.add_argument("--image", default="coderm-sandbox", help="name of the image to build")
    parser.add_argument("--base", choices=("auto", "stock", "debootstrap"), default="auto", help="where the base comes from")
    parser.add_argument("--base-image", default="", help="build on this image, which must have python3 >= 3.11")
    parser.add_argument("--force", action="store_true", help="build even when the image is up to date")
    parser.add_argument("--packages", nargs="+", default=[], metavar="NAME", help="as sandbox.packages: names or presets")
    parser.add_argument("--requirements", default="", metavar="FILE", help="as sandbox.requirements")
    parser.add_argument("--python", default="", metavar="3.N", help="as sandbox.python")
    options = parser.parse_args(arguments)
    try:
        print(build(options.image, options.base, options.base_image, force=options.force))
        _build_on_top(options)
    except CodeRMError as error:
        sys.stderr.write(f"error: {error.message}\n")
        return error.exit_code
    return 0


def _build_on_top(options: argparse.Namespace) -> None:
    """Build the image with packages or another Python, if any is asked for."""
    if not (options.packages or options.requirements or options.python):
        return
    try:
        config = SandboxConfig(
            image=options.image, packages=tuple(options.packages), requirements=options.requirements, python=options.python
        )
    except ValueError as error:
        raise ConfigError("; ".join(line.strip() for line in str(error).splitlines()[1:3])) from None
    client = connect(BUILD_TIMEOUT_S)
    try:
        found = ready_image(client, config)
    finally:
        client.close()
    print(f"{found.name}: {', '.join(f'{name} {version}' for name, version in found.lock.versions.items()) or 'no packages'}")


if __name__ == "__main__":
    sys.exit(main())
