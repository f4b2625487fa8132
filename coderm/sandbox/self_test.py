"""Startup self-test: proves in the real box that every limit holds on this node, and refuses to go on otherwise.

Each probe is an ordinary (program, test) pair: the program tries what must not work, the test asserts that it did not.
"""

from dataclasses import dataclass

from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError
from coderm.messages.cases import Case, CaseBlock
from coderm.messages.execution import Block, Grading, Limits, Outcome
from coderm.sandbox.containers.container import DockerSandbox

CASE = "import unittest\nclass ProbeCase(unittest.TestCase):\n    def test_limit(self):\n"
STRANGERS = """
import os
def uid(pid):
    return int(open(f'/proc/{pid}/status').read().split('Uid:')[1].split()[0])
def strangers():
    return [pid for pid in os.listdir('/proc') if pid.isdigit() and uid(pid) not in (0, os.getuid())]
"""


@dataclass(frozen=True, slots=True)
class Probe:
    """One limit: what is tried, what the test asserts (one or more lines), and the outcome that proves it."""

    limit: str
    program: str
    check: str = "pass"
    outcome: Outcome = Outcome.PASSED
    grading: Grading = "shared"

    @property
    def test(self) -> str:
        """The test module."""
        return CASE + "".join(f"        {line}\n" for line in self.check.splitlines())


REFUSED = "def refused(call, *args):\n    try:\n        call(*args)\n    except OSError:\n        return True\n    return False\n"
CGROUP = """
import os
def limit(*names):
    for name in names:
        if os.path.exists('/sys/fs/cgroup/' + name):
            return int(open('/sys/fs/cgroup/' + name).read())
"""
PROBES = (
    Probe(
        "no network",
        f"import socket\n{REFUSED}",
        "s = socket.socket()\nself.assertTrue(refused(s.connect, ('192.0.2.1', 80)))\n"
        "self.assertEqual([name for _, name in socket.if_nameindex()], ['lo'])",
    ),
    Probe(
        "read-only root",
        f"import os\n{REFUSED}",
        "self.assertTrue(os.statvfs('/').f_flag & os.ST_RDONLY)\n"
        "for path in ('/x', '/etc/x', '/opt/coderm/x', '/var/tmp/x', '/dev/x', '/run/x'):\n"
        "    self.assertTrue(refused(os.open, path, os.O_CREAT | os.O_WRONLY), path)",
    ),
    Probe(
        "no capability for programs",
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))",
        "for name in ('CapInh', 'CapPrm', 'CapEff', 'CapAmb'):\n    self.assertEqual(int(status[name], 16), 0, name)",
    ),
    Probe(
        "few capabilities for the server",
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))",
        "self.assertEqual(int(status['CapBnd'], 16), (1 << 5) | (1 << 6) | (1 << 7))",
    ),
    Probe(
        "no new privileges, seccomp filter",
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))",
        "self.assertEqual(int(status['NoNewPrivs']), 1)\nself.assertEqual(int(status['Seccomp']), 2)",
    ),
    Probe(
        "a uid of its own",
        f"import os\n{REFUSED}",
        "self.assertGreater(min(os.getresuid() + os.getresgid()), 65535)\nself.assertEqual(os.getgroups(), [])\n"
        "self.assertTrue(refused(os.setuid, 0))",
    ),
    Probe(
        "the server cannot be signalled",
        f"import os\n{REFUSED}",
        "for pid in (1, os.getppid()):\n"
        "    self.assertTrue(refused(os.kill, pid, 9))\n"
        "    self.assertTrue(refused(os.kill, pid, 0))",
    ),
    Probe(
        "the server cannot be read",
        f"import os\n{REFUSED}",
        "for name in ('mem', 'environ', 'fd/0', 'maps'):\n"
        "    self.assertTrue(refused(os.open, f'/proc/{os.getppid()}/{name}', os.O_RDONLY), name)",
    ),
    Probe("empty environment", "import os", "self.assertEqual(dict(os.environ), {'TZ': 'UTC'})"),
    Probe(
        "process limit",
        f"import os, time\n{REFUSED}\ndef fork():\n    if os.fork() == 0:\n        time.sleep(60)\n        os._exit(0)\n",
        "self.assertTrue(any(refused(fork) for _ in range(17)))",
    ),
    Probe("memory limit", "x = bytearray(1 << 34)", outcome=Outcome.MEMORY),
    Probe(
        "container limits of memory and processes",
        CGROUP,
        "self.assertLess(limit('memory.max', 'memory/memory.limit_in_bytes'), 1 << 45)\n"
        "self.assertLess(limit('pids.max', 'pids/pids.max'), 1 << 20)",
    ),
    Probe(
        "file size and disk limit",
        "def fill(name):\n    with open(name, 'wb') as file:\n        for _ in range(1024):\n"
        f"            file.write(bytes(1 << 20))\n{REFUSED}",
        "self.assertTrue(refused(fill, 'a'))",
    ),
    Probe(
        "no System V objects",
        "import ctypes\nlibc = ctypes.CDLL(None)",
        "self.assertEqual([libc.shmget(0, 4096, 0o600), libc.semget(0, 1, 0o600), libc.msgget(0, 0o600)], [-1, -1, -1])",
    ),
    Probe(
        "pools of processes work",
        "from multiprocessing import Pool\ndef sizes(numbers):\n    with Pool(2) as pool:\n        return pool.map(abs, numbers)",
        "self.assertEqual(sizes([-1, -2]), [1, 2])\nopen('/dev/shm/left', 'w').close()",
    ),
    Probe("shared memory is wiped", "import os", "self.assertEqual(os.listdir('/dev/shm'), [])"),
    Probe(
        "a thread may have a large stack",
        "import threading\nthreading.stack_size(1 << 29)\nfound = []\nthread = threading.Thread(target=found.append, args=(1,))\n"
        "thread.start()\nthread.join()",
        "self.assertEqual(found, [1])",
    ),
    Probe("scratch is wiped", "import os", "self.assertEqual(os.listdir('.'), [])"),
    Probe(
        "scratch can be written, and is nobody's own",
        "import os, stat",
        "with open('a', 'w') as file:\n    file.write('a')\n"
        "here = os.stat('.')\nself.assertEqual((stat.S_IMODE(here.st_mode), here.st_uid), (0o1777, 0))",
    ),
    Probe(
        "the files of a pair are the program's, and its tester is out of reach",
        f"import ctypes, os\n{REFUSED}{STRANGERS}\nlibc = ctypes.CDLL(None)\n"
        "def change():\n    os.remove('a')\n    os.mkdir('b', 0o700)\n"
        "def reach():\n    return [pid for pid in map(int, strangers()) if libc.ptrace(16, pid, 0, 0) == 0\n"
        "            or not (refused(os.kill, pid, 0) and refused(os.open, f'/proc/{pid}/mem', os.O_RDONLY))]\n",
        "import os\nwith open('a', 'x') as file:\n    file.write('a')\nos.chmod('a', 0o600)\nchange()\n"
        "self.assertEqual(os.listdir('.'), ['b'])\nos.rmdir('b')\n"
        "self.assertEqual(len(strangers()), 1)\nself.assertEqual(reach(), [])",
        grading="isolated",
    ),
    Probe(
        "a link of the program shows its tester nothing",
        "import os\ndef plant():\n    for number in range(3, 9):\n        os.symlink(f'/proc/self/fd/{number}', str(number))\n",
        "plant()\nfor number in range(3, 9):\n    with self.assertRaises(OSError):\n        open(str(number), 'rb')",
        grading="isolated",
    ),
    Probe("output limit", "while True:\n    print('x' * 4096)", outcome=Outcome.OUTPUT_LIMIT),
    Probe("CPU limit", "while True:\n    pass", outcome=Outcome.TIMEOUT),
    Probe(
        "daemons are removed (1)",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(60)\n    os._exit(0)\n",
    ),
    Probe("daemons are removed (2)", STRANGERS, "self.assertEqual(strangers(), [])"),
    Probe("an honest program passes", "def add(a, b):\n    return a + b", "self.assertEqual(add(1, 2), 3)"),
)

CHANGE_INPUT = f"""
import os
{REFUSED}
def change(path):
    os.pwrite(os.open(path, os.O_RDWR), b'9', 0)
assert all(refused(call, given) for call, given in ((change, '/dev/stdin'), (lambda fd: os.ftruncate(fd, 0), 0)))
print(input())
"""
READ_OTHERS = f"""
import os
{REFUSED}
for pid in (1, os.getppid()):
    for name in ('mem', 'environ', 'fd/0', 'fd/1'):
        assert refused(os.open, f'/proc/{{pid}}/{{name}}', os.O_RDONLY), name
assert os.listdir('/proc/self/fd') == ['0', '1', '2', '3']  # the last one lists them
print(input())
"""
PROCESSES = {
    "a program reads its input and writes its output": ("print(input())", Outcome.PASSED),
    "an input cannot be changed": (CHANGE_INPUT, Outcome.PASSED),
    "a program's process reaches no other": (READ_OTHERS, Outcome.PASSED),
    "a program's output is limited": ("while True:\n    print('x' * 4096)", Outcome.OUTPUT_LIMIT),
    "a program's exit status is seen": ("print(input())\nraise SystemExit(3)", Outcome.EXIT_STATUS),
    "a program's CPU time is limited": ("while True:\n    pass", Outcome.TIMEOUT),
}
"""Programs of a stdin problem whose answer is its input: what each proves, and the outcome that proves it."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Limits that hold on this node, and the Sandbox.environment they were proved in."""

    limits: tuple[str, ...]
    environment: str


def self_test(config: SandboxConfig) -> Proof:
    """Start a container and prove every limit. Raises EngineError naming those that do not hold."""
    limits = Limits(cpu_s=0.5, wall_s=10.0, memory_mb=config.memory_mb, output_kb=16, processes=16, files_mb=config.files_mb)
    broken = []
    with DockerSandbox(config, run_id="self-test") as sandbox:
        environment = sandbox.environment
        for probe in PROBES:
            result = sandbox.run(
                Block(probe.limit, (probe.program,), (probe.test,), limits, probe.grading, details=True, fallback=False)
            )
            outcome = Outcome(int(result.outcomes[0, 0]))
            if outcome is not probe.outcome:
                broken.append(f"{probe.limit} ({outcome.label}: {result.details.get((0, 0), '')})")
        broken += _broken_processes(sandbox, limits)
    if broken:
        raise EngineError(
            f"this node's sandbox does not hold: {'; '.join(broken)}; check the engine with `docker info`, then `make image`"
        )
    return Proof((*(probe.limit for probe in PROBES), *PROCESSES), environment)


def _broken_processes(sandbox: DockerSandbox, limits: Limits) -> list[str]:
    programs, outcomes = zip(*PROCESSES.values(), strict=True)
    result = sandbox.run(CaseBlock("processes", programs, (Case("1\n", "1\n"),), limits=limits, details=True))
    got = [Outcome(int(code)) for code in result.outcomes[:, 0]]
    return [
        f"{name} ({outcome.label}: {result.details.get((place, 0), '')})"
        for place, (name, outcome, wanted) in enumerate(zip(PROCESSES, got, outcomes, strict=True))
        if outcome is not wanted
    ]
