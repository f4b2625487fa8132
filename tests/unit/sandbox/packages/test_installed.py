"""The local sandbox has the packages of this Python: they are looked up, and what is absent is named."""

import sys

import numpy
import pytest
from builders import a_config

from cluster.packages import pinned
from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError
from coderm.sandbox.packages.installed import installed_packages
from coderm.storage.run_directory import RunDirectory


def local(*packages, **settings):
    return SandboxConfig(type="local", packages=packages, **settings)


def test_what_is_here_is_pinned():
    assert installed_packages(local("numpy>=2", "tomli; python_version < '3'")).versions == {"numpy": numpy.__version__}


@pytest.mark.parametrize(("wanted", "words"), [("nosuch-xyz", "nosuch-xyz is not installed"), ("numpy<1", "numpy is [0-9.]+ in")])
def test_what_is_absent_is_named(wanted, words):
    with pytest.raises(EngineError, match=f"{words}.*pip install '{wanted}'"):
        installed_packages(local(wanted))


def test_another_python_is_refused():
    with pytest.raises(EngineError, match=r"sandbox\.type = local runs programs under this Python"):
        installed_packages(local(python="3.99"))
    assert not installed_packages(local(python=".".join(map(str, sys.version_info[:2])))).packages


def test_a_run_keeps_what_it_resolved_and_goes_on_with_it(tmp_path):
    directory = RunDirectory(tmp_path)
    config = a_config(sandbox={"type": "local", "packages": ["numpy"]})
    first = pinned(config, directory)
    assert first.sandbox.packages == (f"numpy=={numpy.__version__}",)
    assert directory.packages_lock.read_text() == f"numpy=={numpy.__version__}\n"
    directory.packages_lock.write_text("numpy==1.0\n")
    assert pinned(config, directory).sandbox.packages == ("numpy==1.0",)


def test_a_run_without_packages_has_no_lock(tmp_path):
    config = a_config(sandbox={"type": "local"})
    assert pinned(config, RunDirectory(tmp_path)) is config
    assert not list(tmp_path.iterdir())
