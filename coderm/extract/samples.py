"""Turns texts into samples: model output through extraction, the user's own code as it is."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from coderm.extract import (
    CaseFault,
    Reason,
    Rejection,
    extract_cases,
    extract_program,
    extract_script,
    extract_unit_test,
)
from coderm.extract.syntax.normalise import verbatim_key
from coderm.extract.unit_tests.given_test import read_given_test
from coderm.messages.case_texts import case_of, case_text
from coderm.messages.events import Generate
from coderm.messages.generation import Completion, Role
from coderm.messages.hashing import content_hash
from coderm.messages.problem import Problem
from coderm.messages.samples import Sample


def read_samples(command: Generate, completions: Sequence[Completion]) -> tuple[Sample, ...]:
    """Read every completion back in order; a rejected one keeps its place and its reason."""
    return read_answers(command.problem, command.role, completions)


def read_answers(problem: Problem, role: Role, completions: Sequence[Completion]) -> tuple[Sample, ...]:
    """Read what a role answered about a problem, as `read_samples` does."""
    return tuple(_read(problem, role, completion) for completion in completions)


def _read(problem: Problem, role: Role, completion: Completion) -> Sample:
    found = _extracted(completion.text, problem, role)
    said = Sample(completion.text, tokens=completion.tokens, finish=completion.finish, mean_logprob=completion.mean_logprob)
    if isinstance(found, Rejection | CaseFault):
        return replace(said, rejected=(found.reason if isinstance(found, Rejection) else found).value)
    (code, key), *further = found
    return replace(said, code=code, key=key, further=tuple(further))


def _extracted(text: str, problem: Problem, role: Role) -> list[tuple[str, str]] | Rejection | CaseFault:
    """Return code and key of what a text holds: one program, one unit test, or any number of cases."""
    if problem.cases is not None and role != "policy":
        return _cases(text, problem)
    if problem.cases is not None:
        found = extract_script(text)
    else:
        found = extract_program(text, problem) if role == "policy" else extract_unit_test(text, problem)
    return found if isinstance(found, Rejection) else [(found.code, found.key)]


def _cases(text: str, problem: Problem) -> list[tuple[str, str]] | CaseFault:
    """Return the cases of an answer; without any the first reason."""
    found = extract_cases(text, problem)
    if not found.cases:
        return next(iter(found.rejected))
    return [(code, content_hash("case", code)) for code in map(case_text, found.cases)]


def given_programs(texts: Iterable[str]) -> tuple[Sample, ...]:
    """Take the user's programs verbatim. A blank one, as files of a run hold for rejected answers, is rejected in its place."""
    return tuple(_given(text) for text in texts)


def _given(text: str) -> Sample:
    if not text.strip():
        return Sample(text, rejected=Reason.EMPTY.value)
    return Sample(text, text, verbatim_key(text))


def given_tests(texts: Iterable[str], problem: Problem) -> tuple[Sample, ...]:
    """Take the user's unit tests as they are, but as cases of a TestCase: positions matter, so none is rejected.

    Tests of a problem of standard input are texts of cases.
    """
    if problem.cases is not None:
        return tuple(Sample(text, code, content_hash("case", code)) for text in texts for code in [_as_case(text)])
    codes = ((text, read_given_test(text, problem).code) for text in texts)
    return tuple(Sample(text, code, verbatim_key(code)) for text, code in codes)


def _as_case(text: str) -> str:
    """Return the text of a case in one spelling; a text that is none was refused when the file was checked."""
    case = case_of(text)
    return text if case is None else case_text(case)
