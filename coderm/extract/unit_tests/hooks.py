"""What pytest calls around tests by its own names, called by unittest's: `setup_method`, `setup_class` and their kin.

Without this a test would never be set up, and fail every program.
"""

import ast

from coderm.extract.syntax.editing import Replacement, Source, inserted, rewrite
from coderm.extract.syntax.scopes import Function, functions
from coderm.extract.unit_tests.cases import case_classes, plain_classes

METHODS = {"setup_method": "setUp", "teardown_method": "tearDown", "setup": "setUp", "teardown": "tearDown"}
CLASS_METHODS = {"setup_class": "setUpClass", "teardown_class": "tearDownClass"}
MODULE_FUNCTIONS = {"setup_module": "setUpModule", "teardown_module": "tearDownModule"}


def with_unittest_hooks(code: Source) -> str:
    """Return the text with methods under unittest's names that call the ones pytest would call."""
    edits = [edit for node in [*case_classes(code.tree), *plain_classes(code.tree)] for edit in _of_class(node)]
    known = functions(code.body)
    for name, wanted in MODULE_FUNCTIONS.items():
        if name in known and wanted not in known:
            argument = "sys.modules[__name__]" if known[name].args.args else ""
            edits.append(inserted(code.body[-1], f"\n\ndef {wanted}():\n    {name}({argument})"))
    return rewrite(code, (), edits)


def _of_class(node: ast.ClassDef) -> list[Replacement]:
    known = functions(node.body)
    pad = " " * node.body[0].col_offset
    edits: dict[str, Replacement] = {}
    for name, wanted in (METHODS | CLASS_METHODS).items():
        if name in known and wanted not in known and wanted not in edits:
            edits[wanted] = inserted(node.body[-1], "\n" + _hook(known[name], wanted, pad))
    return list(edits.values())


def _hook(node: Function, wanted: str, pad: str) -> str:
    """Write the method under unittest's name that calls pytest's."""
    kinds = {item.id for item in node.decorator_list if isinstance(item, ast.Name)} & {"classmethod", "staticmethod"}
    if node.name in CLASS_METHODS:
        given = "" if kinds else "cls"
        return f"{pad}@classmethod\n{pad}def {wanted}(cls):\n{pad}    cls.{node.name}({given})"
    takes_method = len(node.args.args) > (0 if "staticmethod" in kinds else 1)
    given = "getattr(self, self._testMethodName)" if takes_method else ""
    return f"{pad}def {wanted}(self):\n{pad}    self.{node.name}({given})"
