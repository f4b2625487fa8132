"""The cases of one answer: tagged blocks as the prompt asks for them, or a JSON list of objects.

    <case>
    <input>
    3
    1 2 3
    </input>
    <output>
    6
    </output>
    </case>

The line end after an opening tag and the one before a closing tag belong to the tags; the input ends with one line end, as a file
does. Several answers to one input are no cases: nothing says which is meant.
"""

import enum
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from coderm.extract.answers.fences import split_blocks
from coderm.extract.answers.marks import THOUGHT
from coderm.extract.answers.snippets import unusable
from coderm.extract.rejection import Reason
from coderm.extract.syntax.parsing import tidy
from coderm.messages.cases import Case
from coderm.messages.problem import Problem
from coderm.storage.surrogates import has_lone_surrogate

MAX_CASES = 64
"""Cases taken of one answer; more than a prompt asks for is a model that repeats itself."""
MAX_CASE_CHARS = 64 * 1024
"""Characters of one case that a model writes out; far above what fits its context."""


class CaseFault(enum.StrEnum):
    """Why a case, or a whole answer, is not taken."""

    EMPTY = Reason.EMPTY.value
    """The answer is nothing but white space."""
    TOO_LARGE = Reason.TOO_LARGE.value
    """The answer or the case is longer than any model writes."""
    NO_CASES = "no_cases"
    """The answer holds no case in either form."""
    TRUNCATED = "truncated"
    """The case is cut off."""
    INCOMPLETE = "incomplete_case"
    """The case lacks its input or its output, or has one twice."""
    NO_OUTPUT = "blank_output"
    """The expected output is blank: a program that does nothing would pass."""
    ABBREVIATED = "abbreviated_case"
    """The case is not written out: dots or a remark stand for a part."""
    LONE_SURROGATE = Reason.LONE_SURROGATE.value
    """The case holds half a character, which no program can read or write."""
    REPEATED = "repeated_case"
    """The case is in the answer already."""
    CONFLICTING = "conflicting_case"
    """The answer has another output for the same input."""
    SURPLUS = "surplus_case"
    """More cases than one answer may have."""
    CONTRADICTS_EXAMPLE = "contradicts_example"
    """The question itself shows another output for this input."""


@dataclass(frozen=True, slots=True)
class AnsweredCases:
    """The cases of one answer in its order, and how many were not taken for each reason."""

    cases: tuple[Case, ...]
    rejected: Counter[CaseFault]


_ABBREVIATED = re.compile(
    r"\S[ \t]++\.{3}(?:[ \t]|$)|(?:^|[ \t])\.{3}[ \t]++\S|…"
    r"|[(\[<][^(\[<)\]>\n]{0,60}\b(?:truncated|omitted|repeated|times|more|total|and so on|etc)\b"
    r"|[\"'][ \t]*+\*[ \t]*+\d|\bjoin\(|\brange\(",
    re.IGNORECASE | re.MULTILINE,
)
"""What stands for a part that is not written out: dots beside something on their line, a remark in brackets, an expression."""
_FIELDS = (("input", "stdin"), ("output", "expected_output", "stdout"))
_TOKENWISE = ("exact", "tokens")


def extract_cases(text: str, problem: Problem) -> AnsweredCases:
    """Return the cases of an answer about a problem; total over all texts."""
    if (refused := unusable(text)) is not None:
        return AnsweredCases((), Counter({CaseFault(refused.reason.value): 1}))
    proper = _after_thought(tidy(text))
    found = list(_tagged(proper)) or list(_listed(proper)) or [CaseFault.NO_CASES]
    rejected = Counter(item for item in found if isinstance(item, CaseFault))
    cases = _sound([item for item in found if isinstance(item, Case)], problem, rejected)
    return AnsweredCases(tuple(cases), rejected)


def _after_thought(text: str) -> str:
    return text[max((match.end() for match in THOUGHT.finditer(text)), default=0) :]


def _tagged(text: str) -> Iterator[Case | CaseFault]:
    """Yield what stands between tags; where no `<case>` is written, every `<input>` begins one."""
    tag = "<case>" if "<case>" in text else "<input>"
    _, *parts = text.split(tag)
    for place, part in enumerate(parts):
        body, end, _ = part.partition("</case>")
        body = body if tag == "<case>" else tag + body
        yield _body(body, cut=not end and place == len(parts) - 1)


def _body(body: str, *, cut: bool) -> Case | CaseFault:
    given, wanted = (_between(body, name) for name in ("input", "output"))
    if given is None or wanted is None:
        return CaseFault.TRUNCATED if cut else CaseFault.INCOMPLETE
    return _case(given, wanted)


def _between(body: str, name: str) -> str | None:
    """Return what stands between a field's tags, without the line ends that belong to them; None unless it stands there once."""
    opening, closing = f"<{name}>", f"</{name}>"
    if body.count(opening) != 1 or body.count(closing) != 1:
        return None
    start, end = body.find(opening) + len(opening), body.find(closing)
    return _unfenced(body[start:end]) if start <= end else None


def _unfenced(text: str) -> str:
    lines = text.split("\n")
    lines = lines[1:] if len(lines) > 1 and not lines[0].strip() else lines
    lines = lines[:-1] if len(lines) > 1 and not lines[-1].strip() else lines
    fenced = len(lines) > 1 and lines[0].strip().startswith("```") and lines[-1].strip() == "```"
    return "\n".join(lines[1:-1] if fenced else lines)


def _listed(text: str) -> Iterator[Case | CaseFault]:
    """Yield the objects of the last JSON list that is an answer or a block of one."""
    blocks = [block.text for block in split_blocks(text)[1]]
    for raw in [*reversed(blocks), text]:
        try:
            items = json.loads(raw)
        except (ValueError, RecursionError):
            continue
        if isinstance(items, list) and any(isinstance(item, dict) for item in items):
            yield from map(_object, items)
            return


def _object(item: Any) -> Case | CaseFault:
    fields = [[item[name] for name in names if name in item] for names in _FIELDS] if isinstance(item, dict) else [[], []]
    texts = [found[0] for found in fields if len(found) == 1 and isinstance(found[0], str)]
    return _case(*texts) if len(texts) == len(_FIELDS) else CaseFault.INCOMPLETE


def _case(given: str, wanted: str) -> Case | CaseFault:
    if len(given) + len(wanted) > MAX_CASE_CHARS:
        return CaseFault.TOO_LARGE
    if has_lone_surrogate(given + wanted):
        return CaseFault.LONE_SURROGATE
    if not wanted.strip():
        return CaseFault.NO_OUTPUT
    if _ABBREVIATED.search(given) or _ABBREVIATED.search(wanted):
        return CaseFault.ABBREVIATED
    return Case(given.rstrip("\n") + "\n" if given.strip() else "", wanted.rstrip("\n") + "\n")


def _sound(cases: list[Case], problem: Problem, rejected: Counter[CaseFault]) -> list[Case]:
    """Return the distinct cases that nothing contradicts, at most MAX_CASES; the others are counted."""
    outputs: dict[str, set[str]] = {}
    for case in cases:
        outputs.setdefault(case.input, set()).add(case.expected)
    shown = {_words(case.input): _words(case.expected) for case in problem.example_cases}
    strict = problem.cases is None or problem.cases.comparison.name in _TOKENWISE
    kept: dict[Case, None] = {}
    for case in cases:
        if len(outputs[case.input]) > 1:
            rejected[CaseFault.CONFLICTING] += 1
        elif case in kept:
            rejected[CaseFault.REPEATED] += 1
        elif strict and shown.get(_words(case.input), _words(case.expected)) != _words(case.expected):
            rejected[CaseFault.CONTRADICTS_EXAMPLE] += 1
        elif len(kept) == MAX_CASES:
            rejected[CaseFault.SURPLUS] += 1
        else:
            kept[case] = None
    return list(kept)


def _words(text: str) -> str:
    return " ".join(text.split())
