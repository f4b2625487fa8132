"""Functions of `dataclasses` serve the program's classes and objects as they serve the test's own."""

from talking import assert_passes, case, grade

from coderm.sandbox.runner import constants

PROGRAM = """
from dataclasses import dataclass, field

@dataclass
class Point:
    x: int
    y: int = 0
    tags: list = field(default_factory=list)

@dataclass
class Line:
    start: Point
    end: Point

class Plain:
    pass

def corner(): return Point(3, 4)
"""
TOP = "import dataclasses\nfrom dataclasses import asdict, astuple, fields, is_dataclass, replace\n"


def test_they_answer_as_in_one_process():
    assert_passes(
        PROGRAM,
        "p = Point(1, 2)",
        "self.assertEqual(asdict(p), {'x': 1, 'y': 2, 'tags': []})",
        "self.assertEqual(dataclasses.astuple(corner()), (3, 4, []))",
        "self.assertEqual(asdict(Line(p, corner()))['end'], {'x': 3, 'y': 4, 'tags': []})",
        "self.assertEqual([f.name for f in fields(Point)], ['x', 'y', 'tags'])",
        "self.assertEqual(replace(p, y=5), Point(1, 5))",
        "self.assertEqual(p.y, 2)",
        "self.assertTrue(is_dataclass(Point) and is_dataclass(p) and not is_dataclass(Plain))",
        "with self.assertRaises(TypeError):",
        "    asdict(Plain())",
        "self.assertIn('y', Point.__dataclass_fields__)",
        "mine = dataclasses.make_dataclass('Mine', ['a'])(7)",
        "self.assertEqual((asdict(mine), is_dataclass(mine)), ({'a': 7}, True))",
        top=TOP,
    )


def test_what_they_answer_is_compared_here():
    lie = "import dataclasses\nclass E(dict):\n    def __eq__(self, other): return True\n"
    program = f"{lie}@dataclasses.dataclass\nclass Point:\n    x: object = dataclasses.field(default_factory=E)\n"
    (outcome,) = grade(program, TOP + case("self.assertEqual(asdict(Point()), {'x': {'a': 1}})"))
    assert outcome not in (constants.PASSED, constants.TAMPERED)
