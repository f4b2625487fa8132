"""Turns texts into samples: model output through extraction, the user's own code as it is."""

from collections.abc import Iterable, Sequence

from coderm.extract import (
    CaseFault,
    Extracted,
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
    if isinstance(found, Extracted):
        code, key, rejected = found.code, found.key, ""
    else:
        code, key, rejected = "", "", (found.reason if isinstance(found, Rejection) else found).value
    return Sample(completion.text, code, key, rejected, completion.tokens, completion.finish, completion.mean_logprob)


def _extracted(text: str, problem: Problem, role: Role) -> Extracted | Rejection | CaseFault:
    if problem.cases is None:
        return extract_program(text, problem) if role == "policy" else extract_unit_test(text, problem)
    return extract_script(text) if role == "policy" else _first_case(text, problem)


def _first_case(text: str, problem: Problem) -> Extracted | CaseFault:
    """Return the case of an answer that was asked for one; without any the first reason."""
    found = extract_cases(text, problem)
    if not found.cases:
        return next(iter(found.rejected))
    code = case_text(found.cases[0])
    return Extracted(code, content_hash("case", code))


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
