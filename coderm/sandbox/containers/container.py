"""DockerSandbox: one container with every limit on, talked to over its attached stream.

The engine is called to create, start and remove, never on a block's way. The container's stdin belongs to this process: when it
dies, even by SIGKILL, the engine closes that stdin, the server inside ends and the container removes itself.
"""

import contextlib
import secrets
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError, SandboxLost
from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, BlockResult
from coderm.sandbox.containers.engine import (
    LABEL_EXPIRES,
    LABEL_OWNER,
    LABEL_RUN,
    LABEL_UPTIME,
    call,
    connect,
    is_missing,
    owner_label,
    remove_container,
    uptime,
)
from coderm.sandbox.containers.package_image import SandboxImage, ready_image
from coderm.sandbox.judges import Judges
from coderm.sandbox.packages.hints import with_hints
from coderm.sandbox.runner.constants import UIDS
from coderm.sandbox.runner_sources import runner_digest
from coderm.sandbox.wire.channel import Channel, Demultiplexer
from coderm.sandbox.wire.client import await_ready, describe
from coderm.sandbox.wire.giving_up import GivingUp

SERVER_MB = 256
"""Memory of the container beyond a pair's own: the server, its warm modules and a block's texts and results."""
PACKAGES_MB = 448
"""Further memory where packages are in the image: those the server imports (at most `WARM_MB` of `measure_imports`), and room."""
PACKAGES_START_S = 120.0
"""Further time for a container to be ready where packages are in the image, on a busy machine."""
SERVER_PROCESSES = 24
"""Processes of the container beyond those of a program and its test: init, servers, block, intake, killer, sweeper."""
SCRATCH_INODES = 16_384
"""A file costs about 1 KiB of the kernel's memory beside its content."""
MAX_FILE = 128 << 20
"""Longest file, bytes: inputs and outputs of cases are files in memory. The scratch directory holds `files_mb`, and each pair's own
limit is lower."""
EXPIRES_S = 24 * 3600
"""Life of a container whose owner cannot be asked, such as one on another machine."""
GONE_S = 20.0
"""Longest wait for the engine to forget a removed container."""


class DockerSandbox:
    """One container. Stop it with `close` or use it as a context manager."""

    def __init__(self, config: SandboxConfig, *, run_id: str, alive: Callable[[], None] = lambda: None) -> None:
        self._config = config
        self._alive = alive
        self._giving_up = GivingUp(time.monotonic)
        self._run_id = run_id
        self.name = f"coderm-{secrets.token_hex(8)}"
        self._client: Any = None
        self._stream: Any = None
        self._channel: Channel | None = None
        self._greeting: dict[str, str] = {}
        self._judges = Judges(lambda: DockerSandbox(config, run_id=run_id))
        self._image = SandboxImage(config.image)

    @property
    def environment(self) -> str:
        """See Sandbox.environment; known once started."""
        return describe("docker", runner_digest(), self._greeting, self._image.lock.digest)

    def start(self) -> None:
        """Create, attach, start, and wait until the server is ready. Raises EngineError with the remedy."""
        try:
            self._client = client = connect(self._config.engine_timeout_s)
            self._image = ready_image(client, self._config)
            call(lambda: self._create(client), "create a container")
            self._stream = call(lambda: client.attach_socket(self.name, _ATTACH), "attach to the container")
            call(lambda: client.start(self.name), "start the container")
            fd = self._stream.fileno()
            self._channel = Channel(fd, fd, Demultiplexer(), self.name)
            imports_s = PACKAGES_START_S if self._image.lock.packages else 0.0
            self._greeting = await_ready(self._channel, self._config.engine_timeout_s + imports_s)
        except SandboxLost as error:
            self.close()
            raise EngineError(f"{error.message}; it never became ready, see `docker info` and rebuild with `make image`") from None
        except BaseException:
            self.close()
            raise

    def run(self, block: Block | CaseBlock) -> BlockResult:
        """Run a block; see Sandbox.run."""
        result = self._judges.run(self.channel(), block, self._alive, self._giving_up)
        return with_hints(result, block, self._greeting["python"])

    def channel(self) -> Channel:
        """Return the way to the runner. Raises SandboxLost when it is not started."""
        if self._channel is None:
            raise SandboxLost(f"sandbox {self.name} is not started; call start() first")
        return self._channel

    def cancel(self, block_id: str) -> None:
        """See Sandbox.cancel."""
        self._giving_up.cancel(block_id)

    def close(self) -> None:
        """Remove the container and wait until the engine has forgotten it; safe to call twice."""
        self._judges.close()
        client, stream = self._client, self._stream
        self._client = self._stream = self._channel = None
        if stream is not None:
            connection = getattr(stream, "_sock", None)  # SocketIO only counts itself off the socket it wraps
            stream.close()
            if connection is not None:
                connection.close()
        if client is None:
            return
        try:
            remove_container(client, self.name)
            _wait_until_gone(client, self.name)
        finally:
            client.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _create(self, client: Any) -> None:
        import docker.errors

        base = 1_000_000 + secrets.randbelow(1 << 16) * UIDS  # uids are shared by all containers of a machine; keep them apart
        try:
            client.create_container(
                self._image.name,
                command=["--uid-base", str(base)],
                name=self.name,
                hostname="sandbox",
                stdin_open=True,
                labels=self._labels(),
                host_config=client.create_host_config(**container_limits(self._config, packages=bool(self._image.lock.packages))),
            )
        except docker.errors.APIError as error:
            if error.status_code != 409:  # the first of two attempts did create it
                raise

    def _labels(self) -> dict[str, str]:
        return {
            LABEL_OWNER: owner_label(),
            LABEL_RUN: self._run_id,
            LABEL_EXPIRES: str(int(time.time()) + EXPIRES_S),
            LABEL_UPTIME: str(int(uptime()) + EXPIRES_S),
        }


_ATTACH = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}


def container_limits(config: SandboxConfig, *, packages: bool = False) -> dict[str, Any]:
    """Return the host config of a container, as docker's create_host_config takes it."""
    memory = f"{config.memory_mb + config.files_mb + SERVER_MB + (PACKAGES_MB if packages else 0)}m"
    scratch = f"size={config.files_mb}m,nr_inodes={SCRATCH_INODES},mode=1777,noexec,nosuid,nodev"
    return {
        "auto_remove": True,
        "network_mode": "none",
        "ipc_mode": "none",
        "read_only": True,
        "tmpfs": {"/tmp": scratch},
        "mem_limit": memory,
        "memswap_limit": memory,
        "pids_limit": 2 * config.processes + SERVER_PROCESSES,
        "cap_drop": ["ALL"],
        "cap_add": ["SETUID", "SETGID", "KILL"],
        "security_opt": ["no-new-privileges"],
        "sysctls": {"kernel.shmmni": "0", "kernel.msgmni": "0", "kernel.sem": "0 0 0 0"},  # System V objects outlive processes
        "init": True,
        "ulimits": [
            {"Name": "nofile", "Soft": 256, "Hard": 256},
            {"Name": "core", "Soft": 0, "Hard": 0},
            {"Name": "fsize", "Soft": MAX_FILE, "Hard": MAX_FILE},
            {"Name": "msgqueue", "Soft": 0, "Hard": 0},
            {"Name": "memlock", "Soft": 0, "Hard": 0},
        ],
        "log_config": {"Type": "none", "Config": {}},
        "runtime": config.runtime or None,
    }


def _wait_until_gone(client: Any, name: str) -> None:
    deadline = time.monotonic() + GONE_S
    while time.monotonic() < deadline:
        try:
            call(lambda: client.inspect_container(name), "inspect a container")
        except Exception as error:
            if is_missing(error):
                return
            raise
        with contextlib.suppress(InterruptedError):
            time.sleep(0.02)
    raise EngineError(f"container {name} cannot be removed; try `docker rm -f {name}`")
