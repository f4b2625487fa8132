"""What holds for every test."""

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None, max_examples=50)
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave slow tests out of the coverage figure: they repeat the same lines, and counting those doubles their time."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker("no_cover")
