"""Tests that are always skipped, by a decorator without a condition: no case for anybody, so that the others decide.

A test with a skipped case never counts as passed, since a program might skip it; one that its own text skips says nothing.
"""

import ast
import re

from coderm.extract.syntax.dotted import path_of
from coderm.extract.syntax.editing import Replacement, Source, rewrite
from coderm.extract.syntax.scopes import Function
from coderm.extract.unit_tests.cases import case_classes, is_test_method

NAMES = ("unittest.skip", "skip")
DEF = re.compile(rb"(?:async\s++)?+def\s++")
PREFIX = "skipped_"


def without_skipped_tests(code: Source) -> str:
    """Return the text with tests that it always skips under names that nothing runs; unchanged where no other test is left."""
    tests = [item for node in case_classes(code.tree) for item in node.body if isinstance(item, Function) and is_test_method(item)]
    skipped = [item for item in tests if any(map(_skips, item.decorator_list))]
    if len(skipped) == len(tests):
        return code.text
    lines = code.text.encode().split(b"\n")
    names = [(item.lineno, DEF.match(lines[item.lineno - 1], item.col_offset)) for item in skipped]
    places = [(line, name.end()) for line, name in names if name is not None]
    return rewrite(code, (), [Replacement(place, place, PREFIX) for place in places]) if places else code.text


def _skips(node: ast.expr) -> bool:
    return path_of(node.func if isinstance(node, ast.Call) else node) in NAMES
