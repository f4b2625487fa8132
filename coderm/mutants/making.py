"""Makes the mutants of a program: one change each, kinds in turn, so that a few of them show every kind.

The same text, number and seed give the same mutants. Type annotations, and the guard of `__main__`, are left as they are: a change
there is noticed by every test or by none.
"""

import ast
import copy
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest

from coderm.extract.syntax.parsing import BadSyntax, compiles, parse, unparse
from coderm.mutants.operators import OPERATORS, Change


@dataclass(frozen=True, slots=True)
class Mutant:
    """A program with one change. kind: a name of `coderm.mutants.operators.OPERATORS`; line: of the original, from 1."""

    text: str
    kind: str
    line: int


@dataclass(frozen=True, slots=True)
class _Site:
    """A change at the node that is `place`th in depth-first order."""

    place: int
    kind: str
    line: int
    change: Change


def make_mutants(program: str, most: int = 32, seed: int = 0) -> tuple[Mutant, ...]:
    """Return at most `most` mutants of a program; fewer where it has fewer, none where it is no Python.

    Each is Python, is laid out as the syntax tree is, and differs from the program and from every other.
    """
    tree = parse(program)
    if isinstance(tree, BadSyntax):
        return ()
    seen = {unparse(tree)}
    found: list[Mutant] = []
    for site in _in_turn(_sites(tree), seed):
        if len(found) >= most:
            break
        text = _changed(tree, site)
        if text is not None and text not in seen:
            seen.add(text)
            found.append(Mutant(text, site.kind, site.line))
    return tuple(found)


def _sites(tree: ast.Module) -> Iterator[_Site]:
    untouched = _untouched(tree)
    line = 1
    for place, node in enumerate(_depth_first(tree)):
        line = getattr(node, "lineno", line)
        if id(node) not in untouched:
            for kind, operator in OPERATORS.items():
                yield from (_Site(place, kind, line, change) for change in operator(node))


def _depth_first(tree: ast.AST) -> Iterator[ast.AST]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _untouched(tree: ast.AST) -> set[int]:
    """Return the ids of nodes within annotations and guards."""
    roots: list[ast.AST] = []
    for node in ast.walk(tree):
        roots += [part for name in ("annotation", "returns") if (part := getattr(node, name, None)) is not None]
        if isinstance(node, ast.If) and any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test)):
            roots.append(node.test)
    guards = {id(root) for root in roots}
    within = {id(part) for root in roots for part in ast.walk(root)}
    return within | {id(node) for node in ast.walk(tree) if isinstance(node, ast.If) and id(node.test) in guards}


def _in_turn(sites: Iterator[_Site], seed: int) -> Iterator[_Site]:
    """Yield one site of each kind after another, within a kind in an order that the seed decides."""
    kinds: dict[str, list[_Site]] = defaultdict(list)
    for site in sites:
        kinds[site.kind].append(site)
    chance = random.Random(seed)
    for found in kinds.values():
        chance.shuffle(found)
    rounds = zip_longest(*(kinds[kind] for kind in OPERATORS if kind in kinds))
    return (site for site in chain.from_iterable(rounds) if site is not None)


class _At(ast.NodeTransformer):
    """Applies a change to one node of a tree."""

    def __init__(self, site: _Site) -> None:
        self._left = site.place
        self._change = site.change

    def visit(self, node: ast.AST) -> ast.AST:
        """Visit depth first, as `_depth_first` does."""
        self._left -= 1
        return self._change(node) if self._left == -1 else self.generic_visit(node)


def _changed(tree: ast.Module, site: _Site) -> str | None:
    """Return the text with the change; None where Python does not take it."""
    try:
        changed = _At(site).visit(copy.deepcopy(tree))
    except RecursionError:
        return None
    text = unparse(ast.fix_missing_locations(changed))
    return text if isinstance(text, str) and compiles(text) is None else None
