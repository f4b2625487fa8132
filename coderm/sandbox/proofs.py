"""Proofs of the sandbox that this boot of this machine has seen, so that a limit is not tried again for every command.

A proof is known by all that could make it wrong: the boot, the kernel, the engine with its options, the image, the runner's and the
self-test's sources, and the limits of a container. It is believed for a day, and only where the file is this user's own. Losing
the file costs a proof. Never proves anything itself.
"""

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError, StorageError
from coderm.sandbox import self_test
from coderm.sandbox.containers.container import container_limits
from coderm.sandbox.containers.engine import call, connect, host_id
from coderm.sandbox.containers.package_image import ready_image
from coderm.sandbox.runner_sources import runner_digest
from coderm.sandbox.self_test import Proof
from coderm.storage.atomic import write_json
from coderm.storage.caches import cache_dir

DAY_S = 24 * 3600.0
ENGINE_FACTS = (
    "ID",
    "ServerVersion",
    "SecurityOptions",
    "DefaultRuntime",
    "CgroupVersion",
    "CgroupDriver",
    "Driver",
    "DockerRootDir",
)
"""What an engine says of itself that its limits depend on; options that it was started with show in these."""


def prove_once(
    config: SandboxConfig,
    prove: Callable[[SandboxConfig], Proof] = self_test.self_test,
    *,
    folder: Path | None = None,
    clock: Callable[[], float] = time.time,
    known_by: Callable[[SandboxConfig], str] | None = None,
) -> tuple[str, ...]:
    """Return the limits that hold on this node, proved now or earlier in this boot. Raises EngineError naming one that does not."""
    file = (folder or cache_dir("proofs")) / f"{(known_by or circumstances)(config)}.json"
    if (limits := _remembered(file, clock())) is not None:
        return limits
    proof = prove(config)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(file, {"limits": list(proof.limits), "environment": proof.environment, "proved": clock()})
    except (OSError, StorageError):
        pass  # no home, a full disk: the next command proves again
    return proof.limits


def circumstances(config: SandboxConfig) -> str:
    """A digest of all that a proof depends on. Raises EngineError when no engine answers."""
    client = connect(config.engine_timeout_s)
    try:
        image = ready_image(client, config)
        facts = {
            "host": host_id(),
            "kernel": platform.release(),
            "user": os.getuid(),
            "engine": engine_facts(call(client.info, "tell about itself")),
            "image": call(lambda: client.inspect_image(image.name), "inspect the image")["Id"],
            "runner": runner_digest(),
            "tests": hashlib.sha256(Path(self_test.__file__).read_bytes()).hexdigest(),
            "limits": container_limits(config, packages=bool(image.lock.packages)),
        }
    except OSError as error:
        raise EngineError(f"this node cannot be told from others ({error}); is /proc mounted?") from None
    finally:
        client.close()
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:32]


def engine_facts(info: dict[str, Any]) -> dict[str, Any]:
    """What the limits depend on, of all that an engine tells."""
    runtimes = {name: runtime.get("path") for name, runtime in (info.get("Runtimes") or {}).items()}
    return {name: info.get(name) for name in ENGINE_FACTS} | {"runtimes": runtimes}


def _remembered(file: Path, now: float) -> tuple[str, ...] | None:
    try:
        if file.stat().st_uid != os.getuid():
            return None
        kept = json.loads(file.read_text(encoding="utf-8"))
        proved, limits = float(kept["proved"]), tuple(map(str, kept["limits"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return limits if limits and 0 <= now - proved < DAY_S else None
