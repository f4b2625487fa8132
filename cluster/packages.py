"""Pins the packages of a run: once, before a node starts a sandbox, so that all nodes and every resumed run judge with the same."""

from coderm.config.packages import read_requirements, wanted_packages
from coderm.config.schema import RunConfig, SandboxConfig
from coderm.sandbox.containers.engine import connect
from coderm.sandbox.containers.package_image import ready_image
from coderm.sandbox.packages.installed import installed_packages
from coderm.sandbox.packages.lock import Lock
from coderm.storage.atomic import write_text
from coderm.storage.run_directory import RunDirectory


def pinned(config: RunConfig, directory: RunDirectory) -> RunConfig:
    """Return the config with exact versions in place of wishes, and keep these in the run directory.

    The first time the image is built or found on this machine, which takes a Docker engine; a lock that is there answers alone.
    """
    box = config.sandbox
    if not wanted_packages(box.packages, box.requirements):
        return config
    if not directory.packages_lock.exists():
        write_text(directory.packages_lock, _resolve(box).text)
    lock = Lock(read_requirements(directory.packages_lock))
    pins = box.model_copy(update={"packages": lock.lines, "requirements": ""})
    return config.model_copy(update={"sandbox": pins})


def _resolve(box: SandboxConfig) -> Lock:
    if box.type == "local":
        return installed_packages(box)
    client = connect(box.engine_timeout_s)
    try:
        return ready_image(client, box).lock
    finally:
        client.close()
