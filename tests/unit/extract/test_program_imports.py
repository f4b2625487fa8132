"""Names that a test imports of the program beside the entry point stay names; modules of the program go."""

import ast

import pytest

from coderm.extract.syntax.editing import Source
from coderm.extract.syntax.entry import Entry
from coderm.extract.unit_tests.program_imports import without_program_imports

KEPT = {
    "a class": ("from solution import Light\nfrom solution import Level\n", "Level.LOW", "Level.LOW"),
    "an object beside the entry point": ("from solution import Light, levels\n", "levels.low", "levels.low"),
    "a function": ("from lights import toggle\n", "toggle(toggle.count)", "toggle(toggle.count)"),
    "a module": ("from package import lights\n", "lights.Light()", "Light()"),
    "another name of a module": ("from . import lights as l\n", "l.low", "low"),
    "a module like a class": ("from package import Lights\n", "Lights.Light(Lights.LOW)", "Light(LOW)"),
    "another name": ("from solution import Level as L\n", "L.LOW", "L = Level\nL.LOW"),
}


@pytest.mark.parametrize("case", KEPT)
def test_only_modules_of_the_program_are_taken_out(case):
    head, before, after = KEPT[case]
    text = head + before + "\n"
    source = Source(text, ast.parse(text))
    assert without_program_imports(source, Entry("Light")).strip() == after
