"""Quality control lets next to nothing through that tells nothing, and loses next to nothing that tells something."""

import asyncio
from pathlib import Path

import pytest
from planted_tests import PLANTED, plant

PROBLEMS = 5
"""`benchmarks/planted_tests.py` takes all of the starter set."""


@pytest.mark.slow
def test_planted_tests_are_found_and_good_ones_kept(tmp_path: Path):
    found = asyncio.run(plant(PROBLEMS, "new", tmp_path))
    assert min(found.given[kind] for kind in PLANTED) >= PROBLEMS
    assert found.survivors < 0.02
    assert found.lost < 0.05
