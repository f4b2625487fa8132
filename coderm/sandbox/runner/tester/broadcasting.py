"""numpy's comparisons in the tester: of nothing with something they say that all is equal, since one is broadcast to the other."""

import functools
import sys
from collections.abc import Callable
from typing import Any

from ..constants import word_set

FUNCTIONS = word_set("allclose array_equiv")
ASSERTIONS = word_set("assert_allclose assert_almost_equal assert_array_almost_equal assert_array_equal assert_equal")


def watch_comparisons(doubt: Callable[[str], None]) -> None:
    """Have a doubt recorded where one side of a comparison is empty and the other one is not."""
    numpy: Any = sys.modules.get("numpy")
    for module, names in ((numpy, FUNCTIONS), (getattr(numpy, "testing", None), ASSERTIONS)):
        for name in names if module else ():
            setattr(module, name, _watched(getattr(module, name), numpy.size, doubt))


def _watched(compare: Callable[..., Any], size: Callable[[Any], int], doubt: Callable[[str], None]) -> Callable[..., Any]:
    compare = getattr(compare, "coderm_compare", compare)  # of a tester before this one

    @functools.wraps(compare)
    def watched(*args: Any, **named: Any) -> Any:
        found = compare(*args, **named)
        sides = [*args[:2], *named.values()][:2]
        if (size(sides[0]) == 0) is not (size(sides[1]) == 0):
            doubt(f"{compare.__name__} of nothing and something")
        return found

    watched.coderm_compare = compare  # type: ignore[attr-defined]
    return watched
