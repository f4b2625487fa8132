"""`pytest.raises` and `pytest.fail` as unittest's `assertRaises` and `fail`, where nothing is asked that unittest cannot answer."""

import ast

from coderm.extract.syntax.dotted import path_of
from coderm.extract.syntax.editing import Replacement, Source, replacement, rewrite, segment

NAMES = ("pytest.raises", "raises")
FAIL = "unittest.TestCase().fail"
PLAIN, MATCHING = "unittest.TestCase().assertRaises", "unittest.TestCase().assertRaisesRegex"


def with_assert_raises(code: Source) -> str:
    """Return the text with expected exceptions checked by unittest; all of it or none."""
    if "raises" not in code.text and "pytest.fail" not in code.text:
        return code.text
    nodes = list(ast.walk(code.tree))
    calls = [node for node in nodes if isinstance(node, ast.Call) and path_of(node.func) in NAMES]
    fails = [node for node in nodes if isinstance(node, ast.Call) and path_of(node.func) == "pytest.fail" and not node.keywords]
    infos = {
        item.optional_vars.id
        for node in nodes
        if isinstance(node, ast.With)
        for item in node.items
        if item.context_expr in calls and isinstance(item.optional_vars, ast.Name)
    }
    asked = [
        node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in infos
    ]
    if not all(map(_is_servable, calls)) or any(node.attr != "value" for node in asked):
        return code.text
    lines = code.lines
    edits = [edit for call in calls for edit in _edits(call, lines)]
    edits += [replacement(node, f"{path_of(node.value)}.exception") for node in asked]
    edits += [replacement(node.func, FAIL) for node in fails]
    return rewrite(code, (), edits)


def _is_servable(node: ast.Call) -> bool:
    return bool(node.args) and all(word.arg == "match" for word in node.keywords) and not (node.keywords and len(node.args) > 1)


def _edits(node: ast.Call, lines: list[bytes]) -> list[Replacement]:
    edits = [replacement(node.func, MATCHING if node.keywords else PLAIN)]
    for word in node.keywords:
        end = word.value.end_lineno or word.value.lineno, word.value.end_col_offset or 0
        edits.append(Replacement((word.lineno, word.col_offset), end, segment(lines, word.value)))
    return edits
