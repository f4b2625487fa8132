"""Code whose lines carry something in front or around: prompts of an interpreter, line numbers, signs of a diff, quotes, blanks."""

import re

PROMPT = re.compile(r"[ \t]*+(?:>>>|\.\.\.|In ?\[\d{0,6}+\]:|\.{3}:)(?: |$)")
OTHERS = (
    re.compile(r">(?: |$)"),
    re.compile(r"\+(?!\+)"),
    re.compile(r"[ \t]*+\d{1,6}+(?:[ \t]*+[|:.\u2192]|(?=[ \t]|$)) ?"),
)
"""Quoted mail, an added file in a diff, numbered lines."""
LIKELY = re.compile(r"(?:(?:async )?def|class|import|from|@\w)[ \t\w]")
QUOTES = (*((quote, quote) for quote in ('"""', "'''", "'", '"', "``", "`")), ("\u201c", "\u201d"), ("\u2018", "\u2019"))
BLANKS = str.maketrans({"\u00a0": " ", "\u3000": " ", "\u200b": None, "\u200c": None, "\u2060": None})
SPEAKER = re.compile(r"\A(?:[A-Za-z0-9]{1,20}+ ?){1,3}+:[ \t]++")
DIFF = ("@@ ", "*** Begin Patch")


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
    for start, end in QUOTES:
        if bare.startswith(start) and bare.endswith(end) and len(bare) > len(start) + len(end):
            return bare[len(start) : -len(end)]
    return text


def without_first_indent(text: str) -> str:
    """Return the text with a first line that begins a definition at the margin, whatever blanks or speaker stand in front."""
    bare = SPEAKER.sub("", text.lstrip(), count=1)
    return bare if LIKELY.match(bare) else text


def without_diff(text: str) -> str:
    """Return what a diff leaves: added lines and those around them; the text itself when it is none."""
    lines = text.split("\n")
    if not any(line.startswith(DIFF) for line in lines) or not any(line.startswith("+") for line in lines):
        return text
    kept = [line for line in lines if line[:1] in ("+", " ") and not line.startswith("+++")]
    return "\n".join(line[1:] for line in kept)


def with_line_ends(text: str) -> str:
    """Return a text of one line whose line ends were written as `\\n`, as in data escaped twice, with real ones."""
    bare = text.strip()
    is_escaped = "\n" not in bare and "\\n" in bare
    return bare.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"') if is_escaped else text


def with_plain_blanks(text: str) -> str:
    """Return a text with blanks that Python takes for signs as plain ones, and without those of no width."""
    return text.translate(BLANKS)
