"""Sends failing tests back to the strong model with the interpreter's words; what changed more than expected values is refused."""

from dataclasses import dataclass, replace

from coderm.config.data import DataConfig
from coderm.data.asking import Steps, refusal, sample
from coderm.data.expected_values import changed_beyond
from coderm.data.records import FailingTest, Record, Rejected, Why, WrittenTest
from coderm.data.stages.synthesize import cut_short, judged
from coderm.extract.syntax.entry import entry_of
from coderm.messages.problem import ChatMessage
from coderm.storage.surrogates import replaced

PROMPT = """\
A unit test fails on a program that is right. Correct the values that the test expects. Change nothing else: no input, no name, no \
call, no added or removed test.

### question
{question}

### code solution
{code}

### unit test
```python
{test}
```

### what the interpreter said
{said}

Answer with the whole corrected test in one Python code block.
"""
SAID = 2000
"""Characters of the interpreter's words that are shown."""


@dataclass(frozen=True, slots=True)
class Repair:
    """The stage. Tests that stay failing are dropped here."""

    config: DataConfig

    def __call__(self, record: Record) -> Steps[Record | Rejected]:
        """Return the record with the tests that were mended among the valid ones."""
        left = record.failing[: self.config.repair.most]
        record = replace(record, failing=())
        for number in range(1, self.config.repair.rounds + 1):
            again: list[FailingTest] = []
            for test in left:
                known = {item.key for item in record.tests}
                mended = yield from self._mended(record, test, number)
                if mended is None or mended.key in known:
                    continue
                record = yield from judged(self.config, record, [mended])
                again += record.failing
                record = replace(record, failing=())
            left = tuple(again)
        return record if record.tests else Rejected(Why.NO_VALID_TEST)

    def _mended(self, record: Record, test: FailingTest, number: int) -> Steps[WrittenTest | None]:
        """Ask for one test; None where the answer is no whole test or changes too much."""
        purpose = f"repair/{number}/{test.key[:12]}"
        messages = [ChatMessage("user", _prompt(record, test))]
        samples = yield from sample(self.config, record, purpose, messages, self.config.repair.sampling)
        if refusal(samples) is not None or not samples or not samples[0].code or cut_short(samples[0]):
            return None
        name = entry_of(record.problem).name
        if changed_beyond(test.code, samples[0].code, name):
            return None
        return WrittenTest(samples[0].code, samples[0].key, number)


def _prompt(record: Record, test: FailingTest) -> str:
    problem = record.problem
    text = PROMPT.format(
        question=problem.question.strip(), code=problem.reference.strip(), test=test.code.strip(), said=test.said[-SAID:].strip()
    )
    return replaced(text)
