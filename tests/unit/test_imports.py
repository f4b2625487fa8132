"""What an import loads: the library and the command line come without ray, docker, vllm or torch."""

import ast
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from builders import FORBIDDEN

import coderm

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("ray", "docker", "vllm", "torch")
SCRIPTS = {"coderm.sandbox.runner.__main__"}
"""Run inside the box, by path; not imported from the package."""
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(coderm.__path__, "coderm.", onerror=lambda name: None)
    if module.name not in SCRIPTS and not module.name.startswith("coderm.sandbox.runner.")
)


def loaded_after(*modules):
    """Import modules one after another in a fresh process; return {module: heavy libraries loaded by then}."""
    script = (
        "import importlib, json, sys\nfound = {}\n"
        f"for name in {['coderm', *modules]!r}:\n"
        "    importlib.import_module(name)\n"
        f"    found[name] = [heavy for heavy in {HEAVY!r} if heavy in sys.modules]\n"
        "print(json.dumps(found))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_no_module_of_the_library_loads_a_heavy_one():
    assert len(MODULES) > 50
    assert {name: heavy for name, heavy in loaded_after(*MODULES).items() if heavy} == {}


def test_the_command_line_and_its_commands_load_nothing_heavy_either():
    assert {name: heavy for name, heavy in loaded_after("launch", "cluster.commands.jobs", "cluster.deploy").items() if heavy} == {}


def test_unit_tests_import_none_of_them():
    for path in Path(__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            assert not FORBIDDEN & {name.partition(".")[0] for name in names}, path


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_a_unit_test_that_imports_one_fails(name):
    with pytest.raises(ImportError, match=f"{name} is imported in a unit test"):
        __import__(name)
