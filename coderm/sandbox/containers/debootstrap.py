"""A base image without a registry: Debian's own python3 and numpy, made by debootstrap and imported as one layer."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from coderm.errors import EngineError
from coderm.sandbox.containers.engine import call

SUITES = {"3.11": "bookworm", "3.13": "trixie"}
"""Debian's release that has a Python: 12 with numpy 1.24, 13 with numpy 2.2."""
MIRROR = "http://deb.debian.org/debian"
PACKAGES = "python3,python3-numpy"
DROPPED = (
    *("var/lib/apt/lists", "var/cache/apt", "var/cache/debconf", "var/log", "dev"),
    *("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "usr/share/perl5", "usr/share/bash-completion"),
)
"""Never needed by a program under test; `dev` is mounted by the engine."""
DEADLINE_S = 900


def import_base(client: Any, tag: str, suite: str) -> None:
    """Make the base from a release and import it as image `tag`. Needs root and debootstrap; leaves no file behind."""
    if shutil.which("debootstrap") is None:
        raise EngineError("no registry answers and debootstrap is missing; install it with `apt-get install debootstrap`")
    if os.geteuid() != 0:
        raise EngineError("no registry answers and debootstrap needs root; run `sudo make image`")
    with tempfile.TemporaryDirectory(prefix="coderm-image-") as directory:
        root = Path(directory, "root")
        _run(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, str(root), MIRROR])
        for name in DROPPED:
            shutil.rmtree(root / name, ignore_errors=True)
            (root / name).mkdir(parents=True, exist_ok=True)
        tarball = Path(directory, "base.tar")
        _run(["tar", "--numeric-owner", "-C", str(root), "-cf", str(tarball), "."])
        repository, _, version = tag.partition(":")
        call(
            lambda: client.import_image_from_file(str(tarball), repository=repository, tag=version), "import the base", retry=False
        )


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, errors="replace", check=False)
    except subprocess.TimeoutExpired:
        raise EngineError(f"{command[0]} took more than {DEADLINE_S} s; is {MIRROR} reachable?") from None
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).strip().splitlines()[-3:]
        raise EngineError(f"{command[0]} failed ({'; '.join(lines)}); is {MIRROR} reachable?")
