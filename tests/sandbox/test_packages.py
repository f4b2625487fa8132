"""Images with packages: named by content, built once from wheels made here, so no index and no network is needed."""

import contextlib

import pytest
from pairs import ADD, ADDS, IMAGE, LIMITS, assert_serving, case, detail, outcome
from wheels import make_wheel, only_these

from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError
from coderm.messages.execution import Block, Outcome
from coderm.sandbox.containers.container import DockerSandbox
from coderm.sandbox.containers.engine import LABEL_RUNNER, connect
from coderm.sandbox.containers.package_image import find_image, ready_image
from coderm.sandbox.factory import make_sandbox
from coderm.sandbox.packages.lock import Lock

pytestmark = pytest.mark.docker
NAME = "coderm_test_leaf"
USES = f"from {NAME} import ANSWER\ndef answer():\n    return ANSWER\n"
ANSWERS = case("self.assertEqual(answer(), 42)")


@pytest.fixture(scope="module")
def client(docker_ready):
    with contextlib.closing(connect(60.0)) as connected:
        yield connected


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    directory = tmp_path / "wheels"
    directory.mkdir()
    only_these(monkeypatch, directory)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return directory


@pytest.fixture
def left_behind(client, tmp_path):
    """Images made in the test go with it; asked, it tells what is dangling or lies in the temporary directory."""

    def tags():
        return {tag for image in client.images() for tag in image["RepoTags"] or ()}

    def dangling():
        return {image["Id"] for image in client.images(filters={"dangling": True})}

    before, loose = tags(), dangling()
    yield lambda: (tags() - before, dangling() - loose, {path.name for path in tmp_path.iterdir()} - {"wheels"})
    for tag in tags() - before:
        if ":packages-" in tag and tag.startswith(IMAGE.partition(":")[0]):
            client.remove_image(tag)


def config(*packages, **settings):
    return SandboxConfig(image=IMAGE, packages=packages, **settings)


def test_a_program_imports_a_package_that_the_first_run_built(client, wheels, left_behind):
    make_wheel(wheels, NAME, "1.5")
    said = []
    image = ready_image(client, config(NAME), said.append)
    assert image.lock.versions == {"coderm-test-leaf": "1.5"}
    assert said[0].startswith("fetching coderm-test-leaf for Python 3.")
    assert "is ready after" in said[-1]
    with make_sandbox(config(NAME), run_id="r") as box:
        assert_serving(box)
        assert box.environment.endswith(f":packages-{image.lock.digest}")
        for grading in ("isolated", "shared"):
            result = box.run(Block("b", (USES,), (ANSWERS,), LIMITS, grading=grading))
            assert result.outcomes.tolist() == [[Outcome.PASSED]]
    assert left_behind()[1:] == (set(), set())
    assert client.inspect_image(image.name)["Config"]["Labels"][LABEL_RUNNER]


def test_it_is_built_once_and_found_by_wish_and_by_lock(client, wheels, left_behind):
    make_wheel(wheels, NAME)
    image = ready_image(client, config(NAME))
    (wheels / f"{NAME}-1.0-py3-none-any.whl").unlink()
    said = []
    assert ready_image(client, config(f"  {NAME.replace('_', '-')} "), said.append) == image
    by_lock = ready_image(client, config(*image.lock.lines), said.append)
    assert by_lock.lock == image.lock
    assert by_lock.name != image.name
    assert client.inspect_image(by_lock.name)["Id"] == client.inspect_image(image.name)["Id"]
    assert said == []


def test_another_wish_is_another_image_and_a_known_one_keeps_its_versions(client, wheels, left_behind):
    make_wheel(wheels, NAME)
    first = ready_image(client, config(NAME))
    make_wheel(wheels, NAME, "2.0", text="ANSWER = 43\n")
    other = ready_image(client, config(f"{NAME}>1"))
    assert (first.lock.versions, other.lock.versions) == ({"coderm-test-leaf": "1.0"}, {"coderm-test-leaf": "2.0"})
    assert first.lock.digest != other.lock.digest
    for tag in set(client.inspect_image(first.name)["RepoTags"]) - {first.name}:
        client.remove_image(tag)
    client.tag(first.name, "coderm-test-kept", "latest")
    client.remove_image(first.name)
    try:
        assert ready_image(client, config(NAME)).lock == first.lock
    finally:
        client.remove_image("coderm-test-kept:latest")


@pytest.mark.parametrize("wanted", [("coderm_nosuch",), (f"{NAME}>9",)])
def test_what_cannot_be_had_leaves_nothing_behind(client, wheels, left_behind, wanted):
    make_wheel(wheels, NAME)
    with pytest.raises(EngineError, match=f"sandbox.packages: {wanted[0].replace('_', '-')}"):
        DockerSandbox(config(*wanted), run_id="r").start()
    assert left_behind() == (set(), set(), set())


def test_a_build_that_breaks_leaves_nothing_behind(client, wheels, left_behind):
    """The module can be imported when it is tried and not when it is taken."""
    make_wheel(wheels, NAME, text="import signal\nassert signal.alarm(0)\n")
    with pytest.raises(EngineError, match=r"building .* failed: .*measure_imports"):
        ready_image(client, config(NAME))
    assert left_behind() == (set(), set(), set())


def test_packages_replace_no_module_of_python_and_a_bad_one_stops_no_build(client, wheels, left_behind):
    make_wheel(wheels, "json", text="raise RuntimeError('a package took the place of json')\n")
    make_wheel(wheels, "coderm_test_broken", text="raise RuntimeError('does not import')\n")
    said = []
    ready_image(client, config("json", "coderm_test_broken"), said.append)
    assert "import: coderm_test_broken fails: RuntimeError: does not import" in said
    with make_sandbox(config("json", "coderm_test_broken"), run_id="r") as box:
        assert outcome(box, "import json\ndef add(a, b):\n    return json.loads(str(a + b))\n") is Outcome.PASSED


REACH = """
import socket
NAMES = [name for _, name in socket.if_nameindex()]
try:
    socket.create_connection(("192.0.2.1", 80), 1)
    ANSWER = "reached"
except OSError:
    ANSWER = 42
"""


def test_the_build_and_the_programs_have_no_network(client, wheels, left_behind):
    make_wheel(wheels, NAME, text=REACH)
    names = f"from {NAME} import NAMES\ndef answer():\n    return NAMES\n"
    with make_sandbox(config(NAME), run_id="r") as box:
        assert outcome(box, USES, ANSWERS) is Outcome.PASSED
        assert outcome(box, names, case("self.assertEqual(answer(), ['lo'])")) is Outcome.PASSED


def test_what_an_import_leaves_in_the_scratch_directory_is_removed(client, wheels, left_behind):
    left = "import os, tempfile\nopen(os.path.join(tempfile.mkdtemp(), 'cache'), 'w').close()\ntempfile.mkstemp()\nANSWER = 42\n"
    make_wheel(wheels, NAME, text=left)
    program = "import os\ndef answer():\n    return os.listdir('/tmp')\n"
    with make_sandbox(config(NAME), run_id="r") as box:
        assert outcome(box, program, case("self.assertEqual(answer(), [])")) is Outcome.PASSED


FRAME = """
class Frame:
    def __init__(self, rows):
        self.rows = rows
    def __eq__(self, other):
        return type(other) is Frame and self.rows == other.rows
"""
DOUBLED = f"from {NAME} import Frame\ndef doubled(frame):\n    return Frame([2 * row for row in frame.rows])\n"


def test_a_test_that_imports_a_package_is_graded_beside_the_program(client, wheels, left_behind):
    make_wheel(wheels, NAME, text=FRAME)
    programs = (DOUBLED, DOUBLED.replace("2 *", "3 *"))
    test = f"from {NAME} import Frame\n" + case("self.assertEqual(doubled(Frame([1, 2])), Frame([2, 4]))")
    with make_sandbox(config(NAME), run_id="r") as box:
        result = box.run(Block("b", programs, (test,), LIMITS, grading="isolated"))
        assert result.outcomes.tolist() == [[Outcome.PASSED], [Outcome.FAILED]]
        alone = box.run(Block("b", programs[:1], (test,), LIMITS, grading="isolated", fallback=False))
        assert alone.outcomes[0, 0] not in (Outcome.PASSED, Outcome.FAILED)


def test_an_absent_package_is_named_with_what_to_type(fresh):
    fresh.start()
    told = detail(fresh, "import coderm_nosuch.part\n", ADDS)
    assert "No module named 'coderm_nosuch': it is not in the sandbox; add it" in told
    assert 'sandbox.packages = ["coderm_nosuch"]' in told


def test_newer_syntax_is_told_by_name(fresh):
    fresh.start()
    assert "it has a template string of Python 3.14" in detail(fresh, 'x = t"{1}"\n' + ADD, ADDS)


def test_an_image_that_is_not_there_is_only_looked_for(client, wheels):
    assert find_image(client, IMAGE, Lock.parse("coderm-nosuch==1\n").packages) is None
