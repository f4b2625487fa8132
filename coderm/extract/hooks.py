"""What pytest calls around tests by its own names, called by unittest's: `setup_method`, `setup_class` and their kin.

Without this a test would never be set up, and fail every program.
"""

import ast

from coderm.extract.cases import case_classes, plain_classes
from coderm.extract.editing import Replacement, Source, inserted, rewrite
from coderm.extract.scopes import functions

METHODS = {"setup_method": "setUp", "teardown_method": "tearDown", "setup": "setUp", "teardown": "tearDown"}
CLASS_METHODS = {"setup_class": "setUpClass", "teardown_class": "tearDownClass"}
MODULE_FUNCTIONS = {"setup_module": "setUpModule", "teardown_module": "tearDownModule"}
WRAPPERS = {"classmethod", "staticmethod"}


def with_unittest_hooks(code: Source) -> str:
    """Return the text with methods under unittest's names that call the ones pytest would call."""
    edits = [edit for node in [*case_classes(code.tree), *plain_classes(code.tree)] for edit in _of_class(node)]
    known = functions(code.body)
    for name, wanted in MODULE_FUNCTIONS.items():
        if name in known and wanted not in known:
            argument = "sys.modules[__name__]" if known[name].args.args else ""
            edits.append(inserted(code.body[-1], f"\n\ndef {wanted}():\n    {name}({argument})"))
    return rewrite(code, (), edits) if edits else code.text


def _of_class(node: ast.ClassDef) -> list[Replacement]:
    known = functions(node.body)
    pad = " " * node.body[0].col_offset
    edits: dict[str, Replacement] = {}
    for name, wanted in (METHODS | CLASS_METHODS).items():
        if name not in known or wanted in known or wanted in edits:
            continue
        decorated = any(isinstance(item, ast.Name) and item.id in WRAPPERS for item in known[name].decorator_list)
        owner = "cls" if name in CLASS_METHODS else "self"
        given = [owner] if name in CLASS_METHODS and not decorated else []
        takes = len(known[name].args.args) > (0 if decorated and "static" in ast.dump(known[name].decorator_list[0]) else 1)
        given += ["getattr(self, self._testMethodName)"] if name in METHODS and takes else []
        head = f"{pad}@classmethod\n" if name in CLASS_METHODS else ""
        body = f"{pad}def {wanted}({owner}):\n{pad}    {owner}.{name}({', '.join(given)})"
        edits[wanted] = inserted(node.body[-1], f"\n{head}{body}")
    return list(edits.values())
