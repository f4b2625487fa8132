"""An item of written tests as it will be judged: what could be read, the programs that judge it, and who wrote which test."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from coderm.client.contract import ProgramText, RewardStatus, WriterItem, WrittenText
from coderm.errors import DataError
from coderm.extract import Rejection, extract_cases, extract_program, extract_script, extract_unit_test
from coderm.extract.programs.prelude import runnable
from coderm.extract.syntax.parsing import compiles
from coderm.extract.unit_tests.given_test import read_given_test
from coderm.messages.cases import Case, Comparison
from coderm.messages.problem import Problem
from coderm.messages.scoring import Cases, Suite, UnitTests
from coderm.mutants import make_mutants
from coderm.rewards.written_tests import Texts
from coderm.service.asked import Found, broken_places


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a text holds no test: its author's doing, so it is a reward with a name."""

    status: RewardStatus
    message: str


@dataclass(frozen=True, slots=True)
class AskedTests:
    """An item. texts: as the log has them. owned: for each written text the places of its tests in the suite, or why it has none.

    programs: reference first if there is one, then `others` of the caller, then mutants. labels: of the caller's programs.
    status: why the item cannot be judged at all.
    """

    problem: Problem
    owned: tuple[tuple[int, ...] | Unread, ...]
    suite: Suite
    texts: tuple[Texts, ...] = ()
    programs: tuple[str, ...] = ()
    others: int = 0
    has_reference: bool = False
    labels: tuple[bool, ...] | None = None
    status: RewardStatus | None = None
    message: str = ""

    @property
    def pairs(self) -> int:
        """Pairs to judge: equal programs are judged once."""
        return len(set(self.programs)) * len(self.suite)


@dataclass(slots=True)
class _Gathered:
    """Tests of one kind, in the order of their texts."""

    tests: list[str] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)


def read_tests(item: WriterItem, found: Found, most_chars: int) -> AskedTests:
    """Read the texts and programs of an item. It may take milliseconds a text. Raises DataError for a bad reference."""
    if found.status is not None:
        nobody: tuple[tuple[int, ...] | Unread, ...] = ((),) * len(item.tests)
        unread = _texts(item, nobody)
        return AskedTests(found.problem, nobody, UnitTests(()), unread, status=found.status, message=found.message)
    if item.reference and (error := compiles(item.reference)) is not None:
        raise DataError(f"{found.problem.task_id}: the reference is no Python ({error.message}); give a program that runs")
    gathered = _Gathered()
    owned = tuple(_read(text, item.kind, found.problem, most_chars, gathered) for text in item.tests)
    suite = _suite(item.kind, gathered, found.suite if found.problem.cases is None else found.problem.cases)
    others, labels = _programs(item, found.problem, most_chars)
    reference = (runnable(item.reference, found.problem),) if item.reference else ()
    mutants = tuple(mutant.text for text in reference for mutant in make_mutants(text, item.mutants, item.seed))
    programs, texts = (*reference, *others, *mutants), _texts(item, owned)
    return AskedTests(found.problem, owned, suite, texts, programs, len(others), bool(reference), labels)


def _texts(item: WriterItem, owned: Sequence[tuple[int, ...] | Unread]) -> tuple[Texts, ...]:
    sizes = [0 if isinstance(places, Unread) else len(places) for places in owned]
    return tuple(Texts(item.kind, text.code, text.case, text.output, size) for text, size in zip(item.tests, sizes, strict=True))


def _suite(kind: str, gathered: _Gathered, own: Suite) -> Suite:
    if kind == "unittest":
        return UnitTests(tuple(gathered.tests))
    comparison, exit_rule = (own.comparison, own.nonzero_exit) if isinstance(own, Cases) else (Comparison(), "fails")
    return Cases(tuple(gathered.cases), comparison, exit_rule)


def _read(text: WrittenText, kind: str, problem: Problem, most_chars: int, gathered: _Gathered) -> tuple[int, ...] | Unread:
    parts = [text.output, text.code, text.case and text.case.input + text.case.output]
    if sum(len(part) for part in parts if part) > most_chars:
        return Unread("too_large", "the text is longer than is read")
    if kind == "stdin":
        return _cases(text, problem, gathered)
    return _unit_test(text, problem, gathered)


def _cases(text: WrittenText, problem: Problem, gathered: _Gathered) -> tuple[int, ...] | Unread:
    if text.case is not None:
        found: Sequence[Case] = (Case(text.case.input, text.case.output),)
    else:
        read = extract_cases(text.output or "", problem)
        found = read.cases
        if not found:
            return Unread("no_code", f"no case in the output: {next(iter(read.rejected)).value}")
    start = len(gathered.cases)
    gathered.cases.extend(found)
    return tuple(range(start, len(gathered.cases)))


def _unit_test(text: WrittenText, problem: Problem, gathered: _Gathered) -> tuple[int, ...] | Unread:
    if text.code is not None:
        given = read_given_test(text.code, problem)
        if given.needs:
            return Unread("no_code", f"the test needs what no sandbox has: {', '.join(given.needs)}")
        code = given.code
    else:
        read = extract_unit_test(text.output or "", problem)
        if isinstance(read, Rejection):
            return Unread("no_code", f"no test in the output: {read.reason.value}")
        code = read.code
    if broken_places(UnitTests((code,))):
        return Unread("no_code", "the test is no Python, or holds no case")
    gathered.tests.append(code)
    return (len(gathered.tests) - 1,)


def _programs(item: WriterItem, problem: Problem, most_chars: int) -> tuple[tuple[str, ...], tuple[bool, ...] | None]:
    """Return the programs that can be read, and their labels."""
    codes = [_program(program, item.kind, problem, most_chars) for program in item.programs]
    labels = None if item.labels is None else tuple(label for label, code in zip(item.labels, codes, strict=True) if code)
    return tuple(code for code in codes if code), labels


def _program(program: ProgramText, kind: str, problem: Problem, most_chars: int) -> str:
    text = program.code if program.code is not None else program.output or ""
    if len(text) > most_chars:
        return ""
    if program.code is None:
        read = extract_script(text) if kind == "stdin" else extract_program(text, problem)
        if isinstance(read, Rejection):
            return ""
        text = read.code
    return runnable(text, problem) if text.strip() else ""
