"""Code inside data: the texts in a JSON object (a tool call, a structured answer, a notebook) or in a Python literal.

Texts come in the order of the data. Nesting is looked at without recursion and only so many texts are taken.
"""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

START = re.compile(r"^[ \t]*+(?=[{\[])", re.MULTILINE)
CODE = re.compile(r"\b(?:def|class|import|assert|lambda)\b|```")
MAX_STARTS = 4  # places tried as the beginning of a JSON value; each costs one pass
MAX_TEXTS = 16  # files that one answer holds; more are not looked at

_decoder = json.JSONDecoder(strict=False)  # models write line ends inside of texts


def payloads(text: str, tree: ast.Module | None) -> list[str]:
    """Return the texts with code in the data that a text holds; `tree` is what Python reads in it, if anything."""
    found = _in_tree(tree) if tree is not None else _in_json(text)
    return [item for item in found if item != text and CODE.search(item)][:MAX_TEXTS]


def _in_tree(tree: ast.Module) -> Iterator[str]:
    nodes = list(ast.walk(tree))
    lists = [node for node in nodes if isinstance(node, ast.List) and _is_lines(node)]
    yield from (_as_lines([str(item.value) for item in node.elts if isinstance(item, ast.Constant)]) for node in lists)
    joined = {id(item) for node in lists for item in node.elts}
    texts = [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in joined]
    yield from (str(node.value) for node in sorted(texts, key=lambda node: (node.lineno, node.col_offset)))


def _is_lines(node: ast.List) -> bool:
    return len(node.elts) > 1 and all(isinstance(item, ast.Constant) and isinstance(item.value, str) for item in node.elts)


def _in_json(text: str) -> Iterator[str]:
    for _, start in zip(range(MAX_STARTS), START.finditer(text), strict=False):
        try:
            value, _ = _decoder.raw_decode(text, start.end())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict | list):
            yield from _texts(value)
            return


def _texts(value: Any) -> Iterator[str]:
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list) and len(item) > 1 and all(isinstance(part, str) for part in item):
            yield _as_lines(item)
        elif isinstance(item, list | dict):
            todo.extend(reversed(list(item.values() if isinstance(item, dict) else item)))


def _as_lines(parts: list[str]) -> str:
    """Join the lines of a notebook's cell, or of a text given line by line."""
    return "".join(parts) if any(part.endswith("\n") for part in parts) else "\n".join(parts)
