"""Programs of /run_code run as processes of a sandbox; every way to end is told in its words."""

import asyncio
import base64
import functools

import pytest

from coderm.config.schema import SandboxConfig
from coderm.integrations import verify
from coderm.integrations.boxes import Boxes
from coderm.integrations.sandbox_fusion import ProcessRun, SandboxBusy, run_code
from coderm.integrations.verifying import failures

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def boxes():
    with Boxes(SandboxConfig(type="local")) as found:
        yield found


def ended(boxes, code, stdin="", run_timeout_s=5.0):
    return asyncio.run(boxes.run(ProcessRun(code, stdin, run_timeout_s)))


def test_the_fixtures_hold(boxes):
    assert failures(verify(functools.partial(run_code, processes=boxes), "sandbox_fusion")) == []


def test_what_a_program_writes_and_how_it_ends(boxes):
    right = ended(boxes, "import sys\nprint(sys.stdin.read().upper())", "abc")
    assert (right.stdout, right.return_code) == ("ABC\n", 0)
    wrong = ended(boxes, "print('so far')\nraise ValueError('no')")
    assert (wrong.return_code, "ValueError: no" in wrong.stderr) == (1, True)
    assert ended(boxes, "import os\nos._exit(7)").return_code == 7
    assert ended(boxes, "import os\nos.kill(os.getpid(), 11)").return_code == 139
    late = ended(boxes, "while True: pass", run_timeout_s=0.2)
    assert (late.timed_out, late.return_code) == (True, None)


def test_one_box_runs_one_program_and_serves_on_after_a_caller_left(boxes):
    async def two():
        first = asyncio.ensure_future(boxes.run(ProcessRun("import time\ntime.sleep(600)", run_timeout_s=5)))
        await asyncio.sleep(0)
        with pytest.raises(SandboxBusy):
            await boxes.run(ProcessRun("print(1)"))
        first.cancel()
        return (await run_code({"code": "print(1)", "language": "python"}, boxes))["run_result"]["stdout"]

    assert asyncio.run(two()) == "1\n"


def answered(boxes, **body):
    return asyncio.run(run_code({"language": "python", **body}, boxes))


def test_files_lie_in_the_folder_of_the_program(boxes):
    code = (
        'from __future__ import annotations\nimport sys\nprint(open("data/a.txt").read(), open("b").read(), sys.argv[1:], __name__)'
    )
    files = {"data/a.txt": base64.b64encode(b"one").decode(), "b": base64.b64encode(b"two").decode(), "none": None}
    assert answered(boxes, code=code, files=files)["run_result"]["stdout"] == "one two [] __main__\n"
    assert answered(boxes, code='open("b")')["run_result"]["return_code"] == 1
    assert "NameError" in answered(boxes, code="print(_place)", files=files)["run_result"]["stderr"]
