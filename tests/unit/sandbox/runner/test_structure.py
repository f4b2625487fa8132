"""What a value is made of is read past whatever its class defines under the names that Python uses for that."""

import pytest
from talking import assert_passes

from coderm.sandbox.runner.codec.structure import instance_fields, lookup, module_of, slot_fields

NESTED = """
class Tree:
    {extra}
    def __init__(self, value, children=()):
        self.value, self.children = value, list(children)
    def {name}(self):
        return {{"value": self.value, "children": [child.{name}() for child in self.children]}}
    def __eq__(self, other):
        return self.value == other.value and self.children == other.children
    def __hash__(self):
        return hash(self.value)
    def size(self):
        return 1 + sum(child.size() for child in self.children)
def make(value):
    return Tree(value, [Tree(value + 1)])
def show(tree):
    return tree.{name}()
"""
USES = (
    "t = Tree(1, [Tree(2)])",
    "self.assertEqual(t.size(), 2)",
    "self.assertEqual(t.children[0].value, 2)",
    "self.assertEqual(make(1), t)",
    "self.assertNotEqual(make(2), t)",
    "self.assertEqual({make(1): 5}[t], 5)",
    "self.assertEqual(show(t), {'value': 1, 'children': [{'value': 2, 'children': []}]})",
)
NAMES = (
    *("__dict__", "__module__", "__name__", "__doc__", "__getstate__", "__sizeof__", "__reduce__", "__fields__", "__members__"),
    *("__code__", "__wrapped__", "__signature__", "__weakref__", "__annotations__", "__dataclass_fields__", "__match_args__"),
    *("_fields", "_field_defaults", "_asdict", "_make", "__bases__", "__mro__", "__self__", "__func__", "__call__", "__dir__"),
    *("__traceback__", "__cause__", "__context__", "args", "__getnewargs__", "__objclass__", "__slotnames__", "__origin__"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_method_may_have_the_name_of_a_part_of_objects(name):
    assert_passes(NESTED.format(name=name, extra=""), *USES)


def test_nested_data_from_a_method_called_dict():
    told = "self.assertEqual(make(1).__dict__(), {'value': 1, 'children': [{'value': 2, 'children': []}]})"
    assert_passes(NESTED.format(name="__dict__", extra=""), *USES, told)


@pytest.mark.parametrize(
    "extra",
    [
        "__dict__ = 5",
        "__dict__ = property(lambda self: {'value': self.value})",
        "__dict__ = property(lambda self: 1 / 0)",
        "__class__ = property(lambda self: 1 / 0)",
        "__class__ = property(lambda self: dict)",
        "__class__ = property(lambda self: type(make))",
        "__module__ = property(lambda self: 5)",
        "__slots__ = ('value', 'children')",
        "__slots__ = ('value', 'children', '__dict__')",
        "__slots__ = {'value': 'v', 'children': 'c'}",
        "__getattr__ = lambda self, name: self",
        "def __getattribute__(self, name):\n"
        "        return 5 if name in ('__dict__', '__class__') else object.__getattribute__(self, name)",
        "def __getattribute__(self, name):\n        if name[:2] == '__': raise KeyError(name)\n"
        "        return object.__getattribute__(self, name)",
        "__dataclass_fields__ = {'value': 1}",
        "_fields = ('value',)",
    ],
)
def test_so_may_any_attribute_and_any_lookup(extra):
    assert_passes(NESTED.format(name="as_data", extra=extra), *USES)


@pytest.mark.parametrize("base", ["list", "dict", "str", "int", "Exception", "tuple"])
def test_a_subclass_of_a_builtin_may_define_it_too(base):
    program = f"class Own({base}):\n    def __dict__(self):\n        return 5\ndef make():\n    return Own()\n"
    program += "def fail():\n    raise ValueError('x') from make()\n" if base == "Exception" else ""
    assert_passes(program, f"self.assertIsInstance(make(), {base})")
    if base == "Exception":
        assert_passes(
            program, "with self.assertRaises(ValueError) as c:", "    fail()", "self.assertIsInstance(c.exception.__cause__, Own)"
        )


def test_an_error_may_carry_one():
    program = "class Bad(Exception):\n    def __init__(self, code):\n        super().__init__('no')\n        self.code = code\n"
    program += "    def __dict__(self):\n        return 5\ndef fail():\n    raise Bad(7)\n"
    assert_passes(program, "with self.assertRaises(Bad) as c:", "    fail()", "self.assertEqual(c.exception.code, 7)")


def test_private_slots_count_when_objects_are_compared():
    program = "class P:\n    __slots__ = ('__x',)\n    def __init__(self, x):\n        self.__x = x\n"
    program += "    def __eq__(self, other):\n        return self.__x == other.__x\n    __hash__ = None\n"
    assert_passes(program, "self.assertEqual(P(1), P(1))", "self.assertNotEqual(P(1), P(2))")


def test_a_class_of_the_test_may_define_it():
    top = "class Node:\n    def __init__(self, v):\n        self.v = v\n    def __dict__(self):\n        return {'v': self.v}\n"
    program = "def value(node):\n    return node.v\ndef told(node):\n    return node.__dict__()\n"
    program += "def change(node):\n    node.v = 9\n"
    assert_passes(program, "self.assertEqual(value(Node(4)), 4)", top=top)
    assert_passes(program, "self.assertEqual(told(Node(4)), {'v': 4})", top=top)
    assert_passes(program, "n = Node(4)", "change(n)", "self.assertEqual(n.v, 9)", top=top)


def test_reading_leaves_a_class_as_it_was():
    class Odd:
        def __init__(self):
            self.a = 1

        def __dict__(self):  # type: ignore[override]
            return 5

    before = set(vars(Odd))
    assert instance_fields(Odd()) == {"a": 1}
    assert set(vars(Odd)) == before
    assert slot_fields(Odd()) == {}


def test_what_a_class_says_under_a_name_is_found_as_it_stands():
    class Own:
        __module__ = property(lambda self: 5)
        here = property(lambda self: 6)

    assert module_of(Own) == ""
    assert isinstance(lookup(Own, "here"), property)
    assert instance_fields(5) == slot_fields(5) == {}


def test_the_dictionary_itself_is_found_also_while_it_is_empty():
    class Odd:
        __dict__ = 5  # type: ignore[assignment]

    odd = Odd()
    instance_fields(odd)["a"] = 1
    assert odd.a == 1  # type: ignore[attr-defined]
