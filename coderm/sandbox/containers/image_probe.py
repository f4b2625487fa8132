"""Asks an image which Python is in it, by running that in a container without network; once per image and process."""

import json
import secrets
from typing import Any

from coderm.errors import EngineError
from coderm.sandbox.containers.engine import call, inspect_image, remove_container
from coderm.sandbox.packages.download import Target

SCRIPT = """
import json, os, platform, sys
name = 'CS_GNU_LIBC_VERSION'
print(json.dumps([list(sys.version_info[:2]), platform.machine(), os.confstr(name) if name in os.confstr_names else '']))
"""
DEADLINE_S = 60
_known: dict[str, Target] = {}
"""By id of the image, which means one content for ever."""


def target_of(client: Any, image: str) -> Target:
    """Return what wheels for an image that is here must fit. Raises EngineError with the remedy."""
    identity = inspect_image(client, image)["Id"]
    if identity not in _known:
        _known[identity] = _read(image, _run(client, image))
    return _known[identity]


def _read(image: str, said: str) -> Target:
    try:
        version, machine, libc = json.loads(said.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise EngineError(f"{image}: its python3 does not start; build it on another --base-image") from None
    kind, _, minor = str(libc).rpartition(".")
    if kind != "glibc 2":
        raise EngineError(f"{image}: packages and versions of Python need glibc, and it has none; build it on a Debian base")
    return Target(".".join(map(str, version)), machine, int(minor))


def _run(client: Any, image: str) -> str:
    name, what = f"coderm-probe-{secrets.token_hex(8)}", f"look into {image}"
    limits = client.create_host_config(network_mode="none", read_only=True, cap_drop=["ALL"])
    options = {"name": name, "entrypoint": ["python3", "-c", SCRIPT], "host_config": limits}
    try:
        call(lambda: client.create_container(image, **options), what, retry=False)
        call(lambda: client.start(name), what, retry=False)
        call(lambda: client.wait(name, timeout=DEADLINE_S), what, retry=False)
        return str(call(lambda: client.logs(name), what).decode(errors="replace"))
    finally:
        remove_container(client, name)
