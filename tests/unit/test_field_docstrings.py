"""A docstring under a field belongs to it: from the first one on, no field of a class goes without a word of its own."""

import ast
import importlib
import inspect
import itertools
import pkgutil
import re
import textwrap
from pathlib import Path

import pytest

import actors
import cluster
import coderm
import coderm.config
from coderm.config.schema import Section
from coderm.messages.results import ProblemResult

FOLDERS = [Path(str(package.__file__)).parent for package in (coderm, actors, cluster)]
FILES = [path for folder in FOLDERS for path in sorted(folder.rglob("*.py"))]


def documented(kind):
    """Fields of a class in order, each with the docstring under it or None."""
    following = [*kind.body[1:], None]
    pairs = [(item, after) for item, after in zip(kind.body, following, strict=True) if isinstance(item, ast.AnnAssign)]
    return {item.target.id: _text(after) for item, after in pairs if "ClassVar" not in ast.unparse(item.annotation)}


def _text(statement):
    told = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return statement.value.value if told and isinstance(statement.value.value, str) else None


def silent_fields(kind):
    """Fields after the first that has a docstring under it which nothing is told of, there or by name in the class's docstring."""
    told = list(itertools.dropwhile(lambda field: field[1] is None, documented(kind).items()))
    named = set(re.findall(r"\w+", ast.get_docstring(kind) or ""))
    return [name for name, text in told if text is None and name not in named]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_no_field_is_left_out_among_those_with_docstrings(path):
    kinds = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ClassDef)]
    silent = {kind.name: silent_fields(kind) for kind in kinds}
    assert not {name: fields for name, fields in silent.items() if fields}


def sections(kind):
    return [found for child in kind.__subclasses__() for found in (child, *sections(child))]


def test_every_setting_has_a_docstring():
    for module in pkgutil.iter_modules(coderm.config.__path__):
        importlib.import_module(f"coderm.config.{module.name}")
    kinds = [kind for kind in sections(Section) if kind.__module__.startswith("coderm.")]
    assert len(kinds) > 20
    told = {kind: documented(ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]) for kind in kinds}
    assert not [f"{kind.__name__}.{name}" for kind, fields in told.items() for name, text in fields.items() if not text]


def test_the_counts_of_a_result_are_told_apart():
    tree = ast.parse(inspect.getsource(ProblemResult))
    told = documented(tree.body[0])
    assert "changed" in told["flips"]
    assert "proved" in told["endless"]
