"""Steps that a backtracking engine needs for a pattern: a small engine over the parsed pattern, which counts.

It tries what the standard library's engine tries, in the same order and without its short cuts, so that a count that grows with
the square of a text's length shows a pattern that may, whatever machine runs it.
"""

import functools
import re
import re._constants as op  # type: ignore[import-not-found]
import re._parser  # type: ignore[import-not-found]
from collections.abc import Iterator

FLAGS = tuple(map(int, (re.IGNORECASE, re.DOTALL, re.MULTILINE)))
SINGLE = {op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN}
CATEGORIES = {
    op.CATEGORY_DIGIT: str.isdecimal,
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_WORD: lambda sign: sign.isalnum() or sign == "_",
}


@functools.cache
def parsed(pattern: re.Pattern) -> list:
    """What the standard library's parser makes of a pattern; one pattern meets many texts."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    items: list = re._parser.parse(source, pattern.flags & ~re.UNICODE).data
    return items


class Engine:
    """Runs one pattern over one text and counts what it looks at."""

    def __init__(self, pattern: re.Pattern, text: str) -> None:
        self.items = parsed(pattern)
        self.caseless, self.dots_all, self.lines = (bool(pattern.flags & flag) for flag in FLAGS)
        self.text = text.lower() if self.caseless else text
        self.steps = 0

    def match(self, at: int) -> int | None:
        """Where a match that begins at a place ends."""
        self.steps += 1
        return next(self._sequence(self.items, 0, at), None)

    def search_all(self) -> None:
        """Look for every match, as finditer does."""
        at = 0
        while at <= len(self.text):
            end = self.match(at)
            at = at + 1 if end is None or end == at else end

    def _sequence(self, items: list, index: int, at: int) -> Iterator[int]:
        if index == len(items):
            yield at
            return
        for end in self._item(items[index][0], items[index][1], at):
            yield from self._sequence(items, index + 1, end)

    def _item(self, kind, value, at: int) -> Iterator[int]:
        if kind in SINGLE:
            if self._fits(kind, value, at):
                yield at + 1
        elif kind is op.AT:
            if self._is_at(value, at):
                yield at
        elif kind is op.BRANCH:
            for branch in value[1]:
                yield from self._sequence(branch.data, 0, at)
        elif kind is op.SUBPATTERN:
            yield from self._sequence(value[3].data, 0, at)
        elif kind is op.ATOMIC_GROUP:
            yield from self._first(value.data, at)
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            place = at if value[0] > 0 else at - value[1].getwidth()[0]
            found = place >= 0 and any(True for _ in self._first(value[1].data, place))
            if found is (kind is op.ASSERT):
                yield at
        elif kind is op.POSSESSIVE_REPEAT:
            yield from self._possessive(value[0], value[1], value[2], at)
        elif kind is op.MAX_REPEAT:
            yield from self._greedy(value[0], value[1], value[2], at)
        elif kind is op.MIN_REPEAT and value[0] == 0:
            yield from self._lazy(value[2], at)
        else:
            raise AssertionError(f"a pattern uses {kind}, which this engine does not know")

    def _first(self, items: list, at: int) -> Iterator[int]:
        end = next(self._sequence(items, 0, at), None)
        if end is not None:
            yield end

    def _possessive(self, least: int, most, body, at: int) -> Iterator[int]:
        count = 0
        while most is op.MAXREPEAT or count < most:
            end = next(self._sequence(body.data, 0, at), None)
            if end is None or end == at:
                break
            at, count = end, count + 1
        if count >= least:
            yield at

    def _greedy(self, least: int, most, body, at: int) -> Iterator[int]:
        if len(body.data) == 1 and body.data[0][0] in SINGLE:
            ends = [at]
            while (most is op.MAXREPEAT or len(ends) <= most) and self._fits(body.data[0][0], body.data[0][1], ends[-1]):
                ends.append(ends[-1] + 1)
            for end in reversed(ends[least:]):
                self.steps += 1
                yield end
        else:
            yield from self._greedy_group(least, most, body, at)

    def _lazy(self, body, at: int) -> Iterator[int]:
        while True:
            yield at
            end = next(self._sequence(body.data, 0, at), None)
            if end is None or end == at:
                return
            at = end

    def _greedy_group(self, least: int, most, body, at: int) -> Iterator[int]:
        if most is op.MAXREPEAT or most > 0:
            left = most if most is op.MAXREPEAT else most - 1
            for end in self._sequence(body.data, 0, at):
                if end > at:
                    yield from self._greedy_group(max(least - 1, 0), left, body, end)
        if least == 0:
            yield at

    def _fits(self, kind, value, at: int) -> bool:
        self.steps += 1
        if at >= len(self.text):
            return False
        sign = self.text[at]
        if kind is op.LITERAL:
            return sign == self._cased(chr(value))
        if kind is op.NOT_LITERAL:
            return sign != self._cased(chr(value))
        if kind is op.ANY:
            return sign != "\n" or self.dots_all
        negated = value[0][0] is op.NEGATE
        return any(self._in(sign, *part) for part in value[1 if negated else 0 :]) is not negated

    def _in(self, sign: str, kind, value) -> bool:
        if kind is op.RANGE:
            return bool(value[0] <= ord(sign) <= value[1])
        if kind is op.CATEGORY:
            positive = value in CATEGORIES
            named = value if positive else next(item for item in CATEGORIES if str(item)[9:] == str(value)[13:])
            return CATEGORIES[named](sign) is positive
        return sign == self._cased(chr(value))

    def _cased(self, sign: str) -> str:
        return sign.lower() if self.caseless else sign

    def _is_at(self, kind, at: int) -> bool:
        self.steps += 1
        text = self.text
        if kind in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
            return at == 0 or (kind is op.AT_BEGINNING and self.lines and text[at - 1] == "\n")
        if kind is op.AT_END:
            lines = self.lines and text[at : at + 1] == "\n"
            return at == len(text) or text[at:] == "\n" or lines
        if kind is op.AT_END_STRING:
            return at == len(text)
        words = [at > 0 and CATEGORIES[op.CATEGORY_WORD](text[at - 1]), at < len(text) and CATEGORIES[op.CATEGORY_WORD](text[at])]
        return (words[0] != words[1]) is (kind is op.AT_BOUNDARY)


def steps(pattern: re.Pattern, text: str, *, searched: bool) -> int:
    """Count the steps of one match at the beginning, or of looking for all matches."""
    engine = Engine(pattern, text)
    if searched:
        engine.search_all()
    else:
        engine.match(0)
    return engine.steps
