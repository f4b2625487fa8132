"""The bank as an actor of a real cluster."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from cli import PATIENCE_S, ROOT

from coderm.bank.bank import Bank
from coderm.bank.verify import verify


@pytest.mark.slow
def test_tests_are_written_ahead_through_the_death_of_the_engine_and_of_the_bank(tmp_path: Path) -> None:
    """What was bought is written, a group that was told twice counts once, and the suite is the same after the bank was killed."""
    script = Path(__file__).with_name("bank_service.py")
    with tempfile.TemporaryDirectory(prefix="bank") as sockets:  # a socket's name may have 107 characters
        done = subprocess.run(
            [sys.executable, str(script), str(tmp_path), sockets],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the bank died" in done.stdout.splitlines()
    found = json.loads((tmp_path / "told.json").read_text("utf-8"))
    first, second, counted, third = found["wanted"]
    assert found["same"]
    assert (first, counted) == (3, second)
    assert first < second < third
    assert found["tests"] == third
    with Bank(tmp_path / "bank", readonly=True) as bank:
        assert verify(bank).faults == ()
        assert len({item.key for item in bank.tests_of("p")}) == third
