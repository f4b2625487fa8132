"""Which cluster a run joins, without joining any."""

import os
import re
import subprocess
import sys

import pytest
import ray
from cli import ROOT

from cluster import connect
from coderm.errors import ClusterError

NOTHING_LISTENS = "127.0.0.1:1"


@pytest.fixture
def joined(monkeypatch):
    """Addresses that ray.init was asked for."""
    asked = []
    monkeypatch.setattr(ray, "init", lambda address, **options: asked.append(address))
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 2})
    monkeypatch.setattr(ray, "shutdown", lambda: None)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    return asked


def test_a_note_of_a_cluster_that_was_killed_does_not_cost_rays_minutes_of_patience(joined, monkeypatch):
    monkeypatch.setattr(connect, "_last_address", lambda: NOTHING_LISTENS)
    with connect.connected("auto") as resources:
        assert resources == {"CPU": 2.0}
    assert joined == ["local"]


def test_auto_joins_what_runs(joined, monkeypatch):
    monkeypatch.setattr(connect, "_last_address", lambda: "auto")
    with connect.connected("auto"):
        assert joined == ["auto"]


def test_an_address_the_user_named_is_never_replaced_by_a_cluster_of_ones_own(joined, monkeypatch):
    with pytest.raises(ClusterError, match=re.escape(NOTHING_LISTENS)), connect.connected(NOTHING_LISTENS):
        pass
    monkeypatch.setenv("RAY_ADDRESS", NOTHING_LISTENS)
    monkeypatch.setattr(connect, "_last_address", lambda: NOTHING_LISTENS)
    with pytest.raises(ClusterError), connect.connected("auto"):
        pass
    assert joined == []


def test_a_named_cluster_with_a_token_is_joined_although_nobody_set_the_mode(ray_cluster):
    script = f"from cluster.connect import connected\nwith connected({ray_cluster!r}) as have:\n    print(have['CPU'])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"RAY_AUTH_MODE": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (0, "3.0\n"), done.stderr
    assert done.stderr.startswith("coderm: sending Ray's token (")


def test_a_cluster_of_ones_own_is_tried_twice_and_the_remedy_is_not_the_setting_that_is_set(joined, monkeypatch):
    def late(address, **options):
        joined.append(address)
        raise Exception("The current node timed out during startup.")

    monkeypatch.setattr(ray, "init", late)
    for address in connect.OWN:
        with pytest.raises(ClusterError, match=r"timed out during startup.*less busy") as told, connect.connected(address):
            pass
        assert "cluster.address" not in str(told.value)
    assert joined == ["local"] * 4
