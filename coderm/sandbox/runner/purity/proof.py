"""Prove, from their texts alone, that a program and a test leave no state in an interpreter that another test could see.

Every test of a session gets a fresh namespace: program and test are executed anew. So their own globals, classes, defaults and
closures are new each time. State could carry over only in objects that they did not make: modules, their attributes, builtins, the
interpreter. The rules let a text use those only to call functions without state. They are an allow-list: anything else is denied,
and a denied pair runs in a fresh process.

The argument, by what a value can be. Values are constants, what the text's own functions and classes make, and what allowed
callables return; none of these is both shared between tests and mutable. Modules never become values: their names may only stand
before an allowed attribute. Attributes may be read by names that only harmless types have, or that the texts themselves define and
no object of the interpreter has. They may be set, since classes and functions of the library that are written in Python are never
values: they may be called, and stand in annotations. A codec that is imported on demand changes nothing that a text could see.
Running out of memory or stack depends on what ran before, so no handler may catch it; the session ends there and a fresh process
decides.

What depends on the addresses of objects (default hashes and reprs) is as undefined here as between two containers. A program could
learn from them what ran before, so only texts that show none share an interpreter with other programs (`addresses`).
"""

import ast
import dataclasses

from .addresses import Addresses, Shows
from .interpreter_names import interpreter_names
from .reader import Facts, Impure, Reader

MAX_TEXT = 20_000
"""Longest text worth a proof, characters."""


def facts(text: str, *, addresses: bool = False) -> Facts:
    """Analyse one program or test module. addresses: also whether one could show."""
    if len(text) > MAX_TEXT:
        return Facts(f"longer than {MAX_TEXT} characters")
    try:
        module = ast.parse(text)
        found = Reader(module).read()
        return _with_addresses(module, found) if addresses else found
    except Impure as impure:
        return Facts(str(impure))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return Facts(type(error).__name__)


def _with_addresses(module: ast.Module, found: Facts) -> Facts:
    looker = Addresses(module, found.imports, found.binds, found.defines)
    try:
        looker.look()
    except Shows as shows:
        return dataclasses.replace(found, shows=str(shows))
    return dataclasses.replace(found, values=frozenset(looker.values), functions=frozenset(looker.functions))


def why_apart(program: Facts, test: Facts) -> str:
    """Return why an address could show in two texts that are not impure; empty if none could: then programs may share, too."""
    mixed = program.values & test.functions | test.values & program.functions
    return program.shows or test.shows or (f"{min(mixed)}, which is a function of the other text, as a value" if mixed else "")


def why_impure(program: Facts, test: Facts) -> str:
    """Return why the two may not share an interpreter with other tests; empty when they may."""
    if program.reason or test.reason:
        return program.reason or test.reason
    if (program.uses | program.binds) & test.imports.keys() or (test.uses | test.binds) & program.imports.keys():
        return "a name that the other text imports"
    if (program.uses | program.binds) & test.cases or (test.uses | test.binds) & program.cases:
        return "a class of tests of the other text"
    if any(program.imports[name] != test.imports[name] for name in program.imports.keys() & test.imports.keys()):
        return "a name imported from two places"
    unknown = (program.needs | test.needs) - program.defines - test.defines
    unknown = unknown & interpreter_names() if unknown else unknown  # an attribute that no object has is an ordinary error
    return f"attribute {min(unknown)}" if unknown else ""
