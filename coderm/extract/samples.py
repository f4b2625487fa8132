"""Turns texts into samples: model output through extraction, the user's own code as it is."""

from collections.abc import Iterable, Sequence

from coderm.extract import Reason, Rejection, extract_program, extract_unit_test
from coderm.extract.syntax.normalise import verbatim_key
from coderm.extract.unit_tests.given_test import read_given_test
from coderm.messages.events import Generate
from coderm.messages.generation import Completion
from coderm.messages.problem import Problem
from coderm.messages.samples import Sample


def read_samples(command: Generate, completions: Sequence[Completion]) -> tuple[Sample, ...]:
    """Read every completion back in order; a rejected one keeps its place and its reason."""
    return tuple(_read(command, completion) for completion in completions)


def _read(command: Generate, completion: Completion) -> Sample:
    extract = extract_program if command.role == "policy" else extract_unit_test
    found = extract(completion.text, command.problem)
    code, key, rejected = ("", "", found.reason.value) if isinstance(found, Rejection) else (found.code, found.key, "")
    return Sample(completion.text, code, key, rejected, completion.tokens, completion.finish, completion.mean_logprob)


def given_programs(texts: Iterable[str]) -> tuple[Sample, ...]:
    """Take the user's programs verbatim. A blank one, as files of a run hold for rejected answers, is rejected in its place."""
    return tuple(_given(text) for text in texts)


def _given(text: str) -> Sample:
    if not text.strip():
        return Sample(text, rejected=Reason.EMPTY.value)
    return Sample(text, text, verbatim_key(text))


def given_tests(texts: Iterable[str], problem: Problem) -> tuple[Sample, ...]:
    """Take the user's unit tests as they are, but as cases of a TestCase: positions matter, so none is rejected."""
    codes = ((text, read_given_test(text, problem).code) for text in texts)
    return tuple(Sample(text, code, verbatim_key(code)) for text, code in codes)
