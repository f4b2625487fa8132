"""What chat templates leave around an answer: marks of beginnings and ends, and the model's reasoning.

A mark counts only where it cannot be the answer's own text: not inside a block that is Python, not between quotes on its line,
not inside a string of several lines, not in the middle of a sentence.
"""

import re
from collections.abc import Iterator, Sequence

Span = tuple[int, int]

MARK = re.compile(
    r"<[|\uff5c][^\s<>|\uff5c]{1,40}+[|\uff5c]>|\[\|\w{1,40}+\|\]|</s>|\[(?:/?INST|EOS|TOOL_CALLS|gMASK)\]"
    r"|<(?:s|pad|unk|bos|eos|eot|eom|eod|eoa|sop|sep|stop|mask|eos_token|turn\||end_of_(?:turn|text|sentence)|start_of_turn|endoftext"
    r"|end_(?:code|action)|fim_(?:prefix|middle|suffix|pad)|filename|reponame|gh_stars|(?:commit|issue|jupyter)_[a-z]{3,8}|empty_output"
    r"|(?:extra_id_|unused|reserved_|tokens_unused_)\d{1,4}|0x[0-9a-f]{2})>",
    re.IGNORECASE,
)
"""Special tokens of the families in use: `<|im_end|>` and its kin with either bar, and those of Llama 2, Gemma, T5, StarCoder."""
ENDS = ("<end_of_turn>", "<eos>", "</s>", "<eot>", "<EOT>")
"""Marks that the text may end inside of, beside those with bars."""
THOUGHT = re.compile(
    r"</(?:\w{1,20}[:_])?(?:think(?:ing)?|thoughts?|reason(?:ing)?|analysis|reflections?|scratchpad|monologue|plan(?:ning)?|cot)"
    r"(?:[:_]\w{1,20}+)?+>|\[/THINK\]|\u25c1/think\u25b7"
    r"|<[|\uff5c](?:end_of_thought|/think(?:ing)?)[|\uff5c]>",
    re.IGNORECASE,
)
"""Where a model's reasoning ends."""
ASKED = re.compile(
    r"(?:<[|\uff5c]start_header_id[|\uff5c]>|<[|\uff5c]im_start[|\uff5c]>|<start_of_turn>)(?:user|system)\b|\[INST\]|<\|user\|>"
)
"""A prompt in front of its answer, as tools that return the full text leave it."""
ANSWERED = re.compile(
    r"(?:<[|\uff5c]start_header_id[|\uff5c]>|<[|\uff5c]im_start[|\uff5c]>|<start_of_turn>)(?:assistant|model)\b|\[/INST\]|<\|assistant\|>"
)
"""Where the answer to such a prompt begins."""
CHANNELS = (("<unused94>", "<unused95>"), ("<|channel>thought", "<channel|>"))
"""Reasoning between marks that mean something else by themselves."""
FINAL = re.compile(r"<\|message\|>|<[|\uff5c]begin_of_solution[|\uff5c]>")
"""Where the answer proper begins, after channels of reasoning."""
ROLE = re.compile(r"\s*+(?:(?:assistant|model|user|system)[ \t]*+(?=[<\n]))?")
"""What may stand between marks at the beginning."""
GLUED = re.compile(
    r"(?:<([a-zA-Z_]{3,}+)|<(filename|reponame|gh_stars)>[\w./-]{1,40}+|(?:\[/?(INST|PAD|EOS|EOT|SEP|CLS|UNK|STOP|DONE|END)\])++)\s*+\Z"
)
"""A comparison or an item as the last thing of a text."""
QUOTES = "'\"`"
NEAR = 200  # characters of a line looked at around a mark
LONGEST_TAIL = 48  # characters of a mark that the text may end inside of


def clean(text: str, protected: Sequence[Span]) -> str:
    """Return the answer proper, without reasoning and marks; `protected` are spans that are code, in order."""
    if text.startswith("analysis"):  # a server dropped the marks of the channels and kept their names
        return text.rpartition("assistantfinal")[2]
    final = _last(FINAL, text, protected)
    if final is not None:
        text, protected = text[final[1] :], _moved(protected, final[1])
    thought = _channel(text) or _last(THOUGHT, text, protected)
    if thought is not None:
        text, protected = _after_thought(text, thought, protected)
    start = _leading(text)
    text, protected = text[start:], _moved(protected, start)
    end = next((begin for begin, _ in _real(MARK, text, protected)), None)
    return without_tail(text) if end is None else text[:end]


def without_glued_mark(text: str) -> str:
    """Return a text without a mark, or its beginning, that Python would read as part of the last line's expression."""
    glued = GLUED.search(text, max(0, len(text) - LONGEST_TAIL))
    if glued is None or (glued[1] or glued[2] or glued[3]) in text[: glued.start()]:
        return text
    known = glued[2] or glued[3] or any(mark.startswith(f"<{glued[1]}") for mark in ENDS)
    return text[: glued.start()] if known else text


def without_tail(text: str) -> str:
    """Return a text without the mark that it ends inside of."""
    whole = text.rstrip()
    at = whole.rfind("<", max(0, len(whole) - LONGEST_TAIL))
    tail = whole[at:] if at >= 0 else ""
    bars = tail[:2] in ("<|", "<\uff5c") and not any(sign in tail for sign in " \n\"')]")
    named = len(tail) > 3 and any(mark.startswith(tail) for mark in ENDS)
    return whole[:at] if bars or named else text


def _channel(text: str) -> Span | None:
    """Return where reasoning in a channel of its own, with which a text begins, ends."""
    end = next((close for start, close in CHANNELS if text.startswith(start) and close in text), "")
    at = text.rfind(end) if end else -1
    return (at, at + len(end)) if end else None


def _after_thought(text: str, thought: Span, protected: Sequence[Span]) -> tuple[str, Sequence[Span]]:
    """Leave out reasoning that comes first; where nothing follows it, keep what stands before it."""
    if text[thought[1] :].strip():
        return text[thought[1] :], _moved(protected, thought[1])
    opening = text[thought[0] : thought[1]].replace("/", "", 1)
    before, found, _ = text[: thought[0]].rpartition(opening)
    return (before, protected) if found and before.strip() else (text, protected)


def _leading(text: str) -> int:
    """Return where the text behind a prompt, leading marks and the names of roles begins."""
    at = 0
    while ASKED.match(text, at) is None and (mark := MARK.match(text, at)) is not None:
        at = mark.end()
    answered = ANSWERED.search(text, at) if ASKED.match(text, at) is not None else None
    at = answered.start() if answered is not None else 0
    while (mark := MARK.match(text, _behind_role(text, at))) is not None:
        at = mark.end()
    return _behind_role(text, at) if at else 0


def _behind_role(text: str, at: int) -> int:
    role = ROLE.match(text, at)
    return role.end() if role is not None else at


def _last(pattern: re.Pattern[str], text: str, protected: Sequence[Span]) -> Span | None:
    found = None
    for found in _real(pattern, text, protected):  # noqa: B007 - the last one is wanted
        pass
    return found


def _real(pattern: re.Pattern[str], text: str, protected: Sequence[Span]) -> Iterator[Span]:
    """Yield the matches that are no part of the answer's own text; every character is looked at a bounded number of times."""
    spans = iter([*protected, (len(text), len(text))])
    span = next(spans)
    triples = _Triples(text)
    for match in pattern.finditer(text):
        while span[1] <= match.start() and span[0] < len(text):
            span = next(spans)
        if not span[0] <= match.start() < span[1] and not _is_own(text, match) and not triples.inside(match.start()):
            yield match.span()


def _is_own(text: str, match: re.Match[str]) -> bool:
    """Whether a mark is between quotes, closes an HTML tag of its line, or is a word of a sentence."""
    before = text[max(0, match.start() - NEAR) : match.start()].rpartition("\n")[2]
    after = text[match.end() : match.end() + NEAR].partition("\n")[0]
    if any(before.count(quote) % 2 and quote in after for quote in QUOTES):
        return True
    if match[0] == "<s>" and "</s>" in after:
        return True
    if match[0] == "</s>" and ("<s>" in before or (after.strip() and after[0] not in "<[")):
        return True
    return before.endswith(" ") and bool(before.strip()) and after[:1] == " " and after[1:2].isalpha()


class _Triples:
    """Tells whether a place is inside a string of several lines, by counting triple quotes from the start."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open = {'"""': False, "'''": False}
        self._last = {quote: text.rfind(quote) for quote in self._open}

    def inside(self, place: int) -> bool:
        """Whether a string that ends later is open; places must be asked for in rising order."""
        for quote in self._open:
            self._open[quote] ^= self._text.count(quote, self._at, place) % 2 == 1
        self._at = place
        return any(is_open and self._last[quote] >= place for quote, is_open in self._open.items())


def _moved(spans: Sequence[Span], by: int) -> list[Span]:
    return [(max(start - by, 0), end - by) for start, end in spans if end > by]
