"""What holds for every test."""

from pathlib import Path

import pytest
from hypothesis import settings

RUNNER = Path(__file__).parent / "unit" / "sandbox" / "runner"
settings.register_profile("any machine", deadline=None, max_examples=50)
settings.register_profile("quick", deadline=None, max_examples=5)
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out of the coverage figure what repeats the same lines, since counting those doubles its time.

    These are slow tests, and tests of generated examples. Those of the runner execute what the figure leaves out.
    """
    for item in items:
        generated = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if generated or item.get_closest_marker("slow") or RUNNER in item.path.parents:
            item.add_marker("no_cover")
