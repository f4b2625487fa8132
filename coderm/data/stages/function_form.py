"""Puts a problem into function form: a question that names a function, and a right program that has it.

A function of the source is held against the source's own checks. A program of standard input is held against its cases, converted
by the strong model, and the conversion is proved on the same cases. The function of an answer in prose is found by the syntax
tree, and the question is rewritten to ask for it.
"""

import re
from dataclasses import dataclass, replace

from coderm.config.data import DataConfig
from coderm.data.asking import Steps, another_try, passes_all, refusal, sample, score
from coderm.data.conversion import (
    Conversion,
    conversion_prompt,
    raw_test,
    read_conversion,
    script,
    signature_of,
)
from coderm.data.records import Record, Rejected, Why
from coderm.extract.syntax.parsing import BadSyntax, parse
from coderm.extract.syntax.scopes import called, functions
from coderm.messages.execution import Outcome
from coderm.messages.problem import ChatMessage
from coderm.messages.scoring import ProgramVerdict, UnitTests
from coderm.storage.surrogates import replaced

REWRITE = """\
Rewrite the question so that it asks for the function of the code solution and for nothing else. Say what each argument is and \
what is returned. Show no code of the solution and leave out requests for explanations.

### question
{question}

### code solution
{code}

Name the function `{name}`. Answer with the new question between <question> and </question>.
"""
ASKED_FOR = "{question}\n\nWrite the function\n\n```python\n{signature}\n    ...\n```\n"
CONVERTED = (
    "{question}\n\nThe input above comes as arguments, and the answer is returned, not printed. Write the function\n\n"
    "```python\n{signature}\n    ...\n```\n"
)
_QUESTION = re.compile(r"<question>(.*?)</question>", re.DOTALL)
RAW_CASES = 4
"""Cases looked at for whether their arguments are parsed at all."""


@dataclass(frozen=True, slots=True)
class FunctionForm:
    """The stage."""

    config: DataConfig

    def __call__(self, record: Record) -> Steps[Record | Rejected]:
        """Return the record in function form."""
        if record.problem.cases is not None:
            return (yield from self._converted(record))
        if not record.problem.entry_point:
            named = _named(record)
            if isinstance(named, Rejected):
                return named
            record = named
        if record.labels is not None:
            verdicts = yield from score(record, [record.problem.reference], record.labels, self.config, checks=True)
            if not passes_all(verdicts[0]):
                return Rejected(Why.REFERENCE_FAILS, _first_outcome(verdicts[0]))
        if record.problem.source == "code_feedback":
            return (yield from self._rewritten(record))
        return record

    def _rewritten(self, record: Record) -> Steps[Record | Rejected]:
        """Return the record with a question that asks for its function."""
        problem = record.problem
        name = problem.entry_point
        signature = signature_of(problem.reference, name)
        if not self.config.form.rewrite_questions:
            return _asking(record, ASKED_FOR.format(question=problem.question, signature=signature))
        text = replaced(REWRITE.format(question=problem.question, code=problem.reference.strip(), name=name))
        for number in range(self.config.form.tries):
            messages = [ChatMessage("user", text)]
            sampling = another_try(self.config.form.sampling, number)
            samples = yield from sample(self.config, record, "question", messages, sampling, offset=number)
            if (refused := refusal(samples)) is not None:
                return refused
            question = _QUESTION.findall(samples[0].raw) if samples else []
            if len(question) == 1 and re.search(rf"\b{re.escape(name)}\b", question[0]):
                return _asking(record, ASKED_FOR.format(question=question[0].strip(), signature=signature))
        return Rejected(Why.BAD_REWRITE, "no question that names the function")

    def _converted(self, record: Record) -> Steps[Record | Rejected]:
        """Return the record with a function that is proved on the original cases."""
        if not self.config.form.convert or record.labels is None:
            return Rejected(Why.NOT_CONVERTED)
        limit = self.config.form.cpu_s
        verdicts = yield from score(record, [record.problem.reference], record.labels, self.config, cpu_s=limit, checks=True)
        if not passes_all(verdicts[0]):
            return Rejected(Why.REFERENCE_FAILS, _first_outcome(verdicts[0]))
        last = Rejected(Why.BAD_REWRITE, "no answer")
        for number in range(self.config.form.tries):
            messages = conversion_prompt(record.problem)
            sampling = another_try(self.config.form.sampling, number)
            samples = yield from sample(self.config, record, "function", messages, sampling, offset=number)
            if (refused := refusal(samples)) is not None:
                return refused
            for item in samples:
                found = yield from self._proved(record, item.raw)
                if isinstance(found, Record):
                    return found
                last = found
        return last

    def _proved(self, record: Record, answer: str) -> Steps[Record | Rejected]:
        """Read one answer and run it on every original case."""
        found = read_conversion(answer)
        if isinstance(found, str):
            return Rejected(Why.BAD_REWRITE, found)
        assert record.problem.cases is not None
        assert record.labels is not None
        texts = [case.input for case in record.problem.cases.cases[:RAW_CASES]]
        parsed = UnitTests(tuple(map(raw_test, texts)))
        (verdict,) = yield from score(record, [found.adapter], parsed, self.config)
        if not passes_all(verdict):
            return Rejected(Why.BAD_REWRITE, "the arguments are the text of the input, or none")
        program = script(found.reference, found.name, found.adapter)
        (verdict,) = yield from score(record, [program], record.labels, self.config, cpu_s=self.config.form.cpu_s, checks=True)
        if not passes_all(verdict):
            return Rejected(Why.CONVERSION_FAILS, _first_outcome(verdict))
        return _in_function_form(record, found)


def _in_function_form(record: Record, found: Conversion) -> Record:
    question = CONVERTED.format(question=record.problem.question.strip(), signature=found.signature)
    problem = replace(
        record.problem, question=question, entry_point=found.name, reference=found.reference, cases=None, example_cases=()
    )
    return replace(record, problem=problem, adapter=found.adapter)


def _asking(record: Record, question: str) -> Record:
    return replace(record, problem=replace(record.problem, question=question))


def _named(record: Record) -> Record | Rejected:
    """Find the function that a test would call: one that the checks name, else one that no other function calls."""
    tree = parse(record.problem.reference)
    if isinstance(tree, BadSyntax):
        return Rejected(Why.NOT_PYTHON, tree.message)
    found = functions(tree.body)
    inner = {name for own, node in found.items() for name in called(node) if name != own}
    free = [name for name in found if name not in inner and not name.startswith("_")]
    checked = " ".join(record.problem.checks)
    named = [name for name in free if re.search(rf"\b{re.escape(name)}\s*\(", checked)]
    if not (named or free):
        return Rejected(Why.NO_FUNCTION)
    problem = replace(record.problem, entry_point=(named or free)[-1])
    return replace(record, problem=problem)


def _first_outcome(verdict: ProgramVerdict) -> str:
    places = [
        (place, outcome) for place, outcome in enumerate(verdict.outcomes) if outcome not in (Outcome.PASSED, Outcome.LEFT_OUT)
    ]
    return f"case {places[0][0]} of {len(verdict.outcomes)}: {places[0][1].label}" if places else ""
