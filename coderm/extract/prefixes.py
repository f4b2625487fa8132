"""Code whose lines carry something in front or around: prompts of an interpreter, line numbers, signs of a diff, quotes."""

import re

PROMPT = re.compile(r"[ \t]*+(?:>>>|\.\.\.|In ?\[\d{0,6}+\]:|\.{3}:)(?: |$)")
OTHERS = (
    re.compile(r">(?: |$)"),
    re.compile(r"\+(?!\+)"),
    re.compile(r"[ \t]*+\d{1,6}+(?:[ \t]*+[|:.]|(?=[ \t]|$)) ?"),
)
"""Quoted mail, an added file in a diff, numbered lines."""
LIKELY = re.compile(r"(?:(?:async )?def|class|import|from|@\w)[ \t\w]")
QUOTES = ('"""', "'''", "'", '"', "`")


def without_prompts(text: str) -> str:
    """Return what was typed at an interpreter, without its answers; the text itself when it is no such transcript."""
    lines = text.strip("\n").split("\n")
    first = PROMPT.match(lines[0])
    if first is None or not lines[0][first.end() :].strip():
        return text
    matches = [PROMPT.match(line) for line in lines]
    return "\n".join(line[match.end() :] for line, match in zip(lines, matches, strict=True) if match is not None)


def without_prefixes(text: str) -> str:
    """Return the text without what every line of it starts with; the text itself when they share nothing of that kind."""
    lines = text.split("\n")
    for prefix in OTHERS:
        matches = [prefix.match(line) for line in lines]
        if all(match is not None or not line.strip() for line, match in zip(lines, matches, strict=True)):
            return "\n".join(line[match.end() :] if match else "" for line, match in zip(lines, matches, strict=True))
    return text


def without_quotes(text: str) -> str:
    """Return a text that is quoted as a whole, though over several lines, without its quotes."""
    bare = text.strip()
    for quote in QUOTES:
        if bare.startswith(quote) and bare.endswith(quote) and len(bare) > 2 * len(quote):
            return bare[len(quote) : -len(quote)]
    return text


def without_first_indent(text: str) -> str:
    """Return the text with a first line that begins a definition at the margin, though a sampler put blanks in front of it."""
    bare = text.lstrip()
    return bare if LIKELY.match(bare) else text
