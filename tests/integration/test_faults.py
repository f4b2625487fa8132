"""What dies under load costs no right program its reward, in short; `make faults` kills everything else, too."""

from itertools import count
from pathlib import Path

import pytest
from faults.aims import AIMS
from faults.left import crew, target
from faults.trial import trial

pytestmark = pytest.mark.docker


def test_killed_boxes_and_replicas_cost_no_right_program_its_reward(tmp_path: Path) -> None:
    numbers = count()
    with target(tmp_path) as aim:
        usual = crew(aim)
        for name in ("container", "replica"):
            row = trial(name, AIMS[name], aim, numbers)
            assert row.flaws == []
            assert row.found.right + row.found.nulls.total() == row.found.programs
        assert crew(aim) == usual
