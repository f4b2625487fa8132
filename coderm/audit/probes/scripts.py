"""Probes of problems whose programs read standard input."""

from collections import Counter
from collections.abc import Iterator, Sequence

from coderm.audit.probes.model import LeakProbe
from coderm.messages.cases import Case

MOST_CONSTANTS = 5
CUTS = {
    "reads nothing of its input": "''",
    "reads only the first line of its input": "text.partition('\\n')[0] + '\\n'",
    "does not read the last line of its input": "text.rstrip('\\n').rpartition('\\n')[0] + '\\n'",
}

_PARTIAL = """import io as _io, sys as _sys
_text = _sys.stdin.read()
_sys.stdin = _io.StringIO((lambda text: {cut})(_text))
{reference}
"""


def constants(cases: Sequence[Case]) -> Iterator[LeakProbe]:
    """Yield programs that write a constant: what cases expect most often, then nothing at all."""
    wanted = Counter(case.expected for case in cases)
    for text in dict.fromkeys([*(text for text, _ in wanted.most_common(MOST_CONSTANTS)), ""]):
        told = "writes nothing" if not text.strip() else f"always writes {text.strip()[:40]!r}"
        yield LeakProbe(f"import sys\nsys.stdout.write({text!r})\n", "constant", told)


def examples_alone(examples: Sequence[Case]) -> Iterator[LeakProbe]:
    """Yield the program that knows the examples of the question and writes nothing for anything else; none without examples."""
    if examples:
        known = {case.input.strip(): case.expected for case in examples}
        text = f"import sys\nsys.stdout.write({known!r}.get(sys.stdin.read().strip(), ''))\n"
        yield LeakProbe(text, "examples", "knows the examples of the question alone")


def partial(reference: str) -> Iterator[LeakProbe]:
    """Yield the reference behind lines that hand it a part of its input."""
    for told, cut in CUTS.items():
        yield LeakProbe(_PARTIAL.format(cut=cut, reference=reference.rstrip()), "partial", told)
