"""Canaries: unit tests that no honest program can pass, made from a problem's own tests.

A canary is a test of the problem in which one assertion about the program's result now demands the impossible; the rest of
the text stays as it was. Whoever passes it was not judged by its results: an object equal to everything, a patched assertion,
an expected value read from the test. Pure: the same tests and seed give the same canaries.

A changed assertion proves something only where it is sure to run and sure to count, so it must be a statement of a test
method's own body (or under `with self.subTest`), in a TestCase that leaves unittest's machinery alone, in a method that never
returns early or yields. Tests without such a place give no canary.
"""

import ast
import random
from collections.abc import Callable, Sequence
from itertools import islice

from coderm.canaries.sites import Site, find_sites
from coderm.extract.syntax.parsing import compiles

SHORT = 200
"""Characters that cannot nest deeper than Python reads."""
F_STRINGS = ("f'", 'f"')
"""Begin texts that Python may be unable to write anew."""


def make_canaries(tests: Sequence[str], number: int, seed: str) -> tuple[str, ...]:
    """Return at most `number` canaries, each from another of the tests where there are enough; `seed` decides which and how."""
    if number <= 0:
        return ()
    chance = random.Random(seed)
    usable = ((test, sites) for test in chance.sample(tests, len(tests)) for sites in [find_sites(test)] if sites)
    sources = list(islice(usable, number))  # no more are looked at: reading a test costs milliseconds
    made: list[str] = []
    for turn in range(number if sources else 0):
        test, sites = sources[turn % len(sources)]
        made.append(_falsified(test, chance.choice(sites), chance))
    return tuple(made)


def _falsified(test: str, site: Site, chance: random.Random) -> str:
    """Put an impossible demand in the place of a site's statement."""
    value = _literal(site.expected)
    styles = [style for style, fits in _STYLES.items() if fits(value)]
    for style in chance.sample(styles, len(styles)):
        demand = style(site, chance)
        if _fits(site, demand):
            return _spliced(test, site.statement, demand)
    raise AssertionError("a simple statement fits wherever one stood")


def _fits(site: Site, demand: Sequence[str]) -> bool:
    """Whether statements compile; all else is as it was. Short ones around a plain expression do."""
    plain = not site.observed.startswith("*") and not any(mark in site.observed for mark in F_STRINGS)
    short = sum(map(len, demand)) < SHORT
    return (plain and short) or compiles("\n    ".join([f"def method({site.case}):", *demand])) is None


def _spliced(test: str, statement: ast.stmt, new: Sequence[str]) -> str:
    """Replace one statement of a text by simple statements, leaving all else as it is."""
    lines = test.encode("utf-8", "surrogatepass").splitlines(keepends=True)
    assert statement.end_lineno is not None
    before, after = lines[: statement.lineno - 1], lines[statement.end_lineno :]
    head = lines[statement.lineno - 1][: statement.col_offset]
    tail = lines[statement.end_lineno - 1][statement.end_col_offset :]
    joint = b"; " if head.strip() else b"\n" + head
    middle = head + joint.join(line.encode("utf-8", "surrogatepass") for line in new) + tail
    return b"".join([*before, middle, *after]).decode("utf-8", "surrogatepass")


def _literal(node: ast.expr | None) -> object:
    """Return the value of a literal, `...` for anything else."""
    if isinstance(node, ast.Constant):
        return node.value  # most are; literal_eval takes twenty times as long
    try:
        return ... if node is None else ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ...


def _nonce(like: object, chance: random.Random) -> str:
    """Write a value nobody can guess (at least 50 random bits), of the type expected so far where that is a common one."""
    match like:
        case str():
            return repr("".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=12)))
        case float():
            return repr(chance.uniform(1e8, 1e9))
        case list():
            return repr([chance.randrange(10**8, 10**9) for _ in range(3)])
        case tuple():
            return repr(tuple(chance.randrange(10**8, 10**9) for _ in range(3)))
    return repr(chance.randrange(10**16, 10**17))


def _equal(site: Site, chance: random.Random) -> list[str]:
    return [f"{site.case}.assertEqual({site.observed}, {_nonce(_literal(site.expected), chance)})"]


def _bare(site: Site, chance: random.Random) -> list[str]:
    return [f"assert ({site.observed}) == {_nonce(_literal(site.expected), chance)}"]


def _true(site: Site, chance: random.Random) -> list[str]:
    return [f"{site.case}.assertTrue(({site.observed}) == {_nonce(_literal(site.expected), chance)})"]


def _in(site: Site, chance: random.Random) -> list[str]:
    values = ", ".join(_nonce(_literal(site.expected), chance) for _ in range(2))
    return [f"{site.case}.assertIn({site.observed}, [{values}])"]


def _almost(site: Site, chance: random.Random) -> list[str]:
    return [f"{site.case}.assertAlmostEqual({site.observed}, {chance.uniform(1e8, 1e9)!r})"]


def _raises(site: Site, chance: random.Random) -> list[str]:
    """An exception class that exists nowhere else."""
    name = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=6)).capitalize() + "Error"
    return [f"{site.case}.assertRaises(type({name!r}, (Exception,), {{}}), lambda: {site.observed})"]


def _pair(site: Site, chance: random.Random) -> list[str]:
    """One result that equals a value and does not; bound once, since a second call may honestly give another."""
    name, expected = f"value_{chance.randrange(100)}", repr(_literal(site.expected))
    return [
        f"{name} = {site.observed}",
        f"{site.case}.assertEqual({name}, {expected})",
        f"{site.case}.assertNotEqual({name}, {expected})",
    ]


Style = Callable[[Site, random.Random], list[str]]
_STYLES: dict[Style, Callable[[object], bool]] = {
    _equal: lambda value: True,
    _bare: lambda value: True,
    _true: lambda value: True,
    _in: lambda value: True,
    _almost: lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    _raises: lambda value: True,
    _pair: lambda value: value is not ...,
}
"""Ways to demand the impossible, each with the expected values it suits."""
