"""Asks the strong model whether a problem suits unit tests. Its answer is read strictly: without a YES or NO it is none."""

import enum
import re
from dataclasses import dataclass

from coderm.config.data import DataConfig
from coderm.data.asking import Steps, another_try, refusal, sample
from coderm.data.records import Record, Rejected, Why
from coderm.messages.problem import ChatMessage
from coderm.storage.surrogates import replaced


class Category(enum.StrEnum):
    """What makes a problem unsuitable (paper: stage 1)."""

    RANDOMNESS = "randomness"
    TIME = "time"
    EXTERNAL_RESOURCES = "external resources"
    CONCURRENCY = "concurrency"
    HARDWARE = "hardware"
    USER_INPUT = "user input"
    SIDE_EFFECTS = "side effects"
    CRYPTOGRAPHY = "cryptography"
    MACHINE_LEARNING = "machine learning"
    HEAVY_COMPUTATION = "heavy computation"


PROMPT = """\
Decide whether a programming problem is unsuitable for unit tests. It is unsuitable if a right solution depends on one of these:

- randomness: results differ from call to call
- time: the clock, dates of today, waiting
- external resources: networks, databases, files, other services
- concurrency: threads, processes, asynchronous code
- hardware: devices, sensors, graphics, sound
- user input: somebody types or clicks while it runs{input}
- side effects: what counts is printed, stored or changed, not returned
- cryptography: keys, ciphers, secure hashes
- machine learning: models, training, data sets
- heavy computation: numerical mathematics or simulation that takes long or is only nearly exact

### question
{question}

### code solution
{code}

First give your reason in one or two sentences. Then write one last line, either

ANSWER: NO

if none of them applies, or

ANSWER: YES (name)

with the names of those that apply, separated by commas.
"""
READS_INPUT = " (a program that reads its whole input from standard input and prints one result is suitable)"

_VERDICT = re.compile(r"^\W*ANSWER\W+(YES|NO)\b\W*(.*?)\W*$")
_CATEGORIES = {category.value: category for category in Category}


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a problem is unsuitable, and for what."""

    unsuitable: bool
    categories: tuple[Category, ...] = ()


def read_judgement(text: str) -> Judgement | None:
    """Read a reply: its last line has the verdict, and no other line has one; None for anything else."""
    lines = [line for line in text.splitlines() if line.strip()]
    verdicts = [match for line in lines if (match := _VERDICT.match(line))]
    if len(verdicts) != 1 or not _VERDICT.match(lines[-1]):
        return None
    named = [part.strip(" .*_`").lower() for part in re.split(r"[,;]", verdicts[0][2]) if part.strip()]
    if verdicts[0][1] == "NO":
        return Judgement(False) if not named else None
    if not named or any(name not in _CATEGORIES for name in named):
        return None
    return Judgement(True, tuple(_CATEGORIES[name] for name in named))


@dataclass(frozen=True, slots=True)
class Suitability:
    """The stage."""

    config: DataConfig

    def __call__(self, record: Record) -> Steps[Record | Rejected]:
        """Return the record where the model says NO."""
        settings = self.config.judge
        if not settings.ask:
            return record
        messages = judge_prompt(record)
        for number in range(settings.tries):
            sampling = another_try(settings.sampling, number)
            samples = yield from sample(self.config, record, "judge", messages, sampling, offset=number)
            if (refused := refusal(samples)) is not None:
                return refused
            judgement = next((found for item in samples if (found := read_judgement(item.raw))), None)
            if judgement is not None and judgement.unsuitable:
                return Rejected(Why.UNSUITABLE, ", ".join(judgement.categories))
            if judgement is not None:
                return record
        return Rejected(Why.NO_VERDICT, f"{settings.tries} replies")


def judge_prompt(record: Record) -> tuple[ChatMessage, ...]:
    """Return the chat that asks for a judgement."""
    problem = record.problem
    text = PROMPT.format(
        input=READS_INPUT if problem.cases is not None else "",
        question=problem.question or problem.prompt,
        code=problem.reference.strip(),
    )
    return (ChatMessage("user", replaced(text)),)
