"""Tests of one problem while they are written: goes on where the bank left off, by the same prompts and reading as a run.

Pure: asks by commands and takes answers. What is asked for depends on what the bank holds only, so a writer that starts anew asks
for the same texts with the same seeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from coderm.bank.records import BankedProblem, BankedTest, Content, NewTest, Provenance
from coderm.config.schema import RunConfig
from coderm.messages.case_texts import case_of, case_text
from coderm.messages.events import Generate, Sampled
from coderm.messages.hashing import content_hash
from coderm.messages.samples import Sample
from coderm.scheduling.problem_state import ProblemState
from coderm.scheduling.writing import ask_for_candidates, ask_for_tests, take_batch


@dataclass(frozen=True, slots=True)
class Batch:
    """New tests, and the texts and requests that they took."""

    tests: tuple[NewTest, ...]
    asked: int
    requests: int


@dataclass(slots=True)
class Writing:
    """One problem in work. model, run: for the provenance of its tests. sources: where each text that came in came from."""

    config: RunConfig
    state: ProblemState
    model: str = ""
    run: str = ""
    sources: dict[str, Provenance] = field(default_factory=dict)
    sent: int = 0
    texts: int = 0

    @classmethod
    def begin(cls, config: RunConfig, known: BankedProblem, tests: Sequence[BankedTest], model: str = "", run: str = "") -> Self:
        """Go on with a problem; tests: all it ever had, since none of them is to be written again."""
        state = ProblemState(0, known.problem, (known.wanted,), asked=known.asked, requests=known.requests)
        held = [_sample(item) for item in tests if item.provenance.origin == "generated"]
        state.take_tests(held, len(held), keep_doubles=True)
        return cls(config, state, model, run)

    def ask_for_programs(self) -> Generate:
        """Ask the policy for programs to show to the test writer."""
        return ask_for_candidates(self.config, self.state.problem)

    def show(self, programs: Sequence[Sample]) -> bool:
        """Take the programs that the test writer is shown; return whether one of them is usable."""
        self.state.take_candidates(programs)
        return bool(self.state.programs.texts)

    def ask(self) -> list[Generate]:
        """Ask for the tests that are missing; nothing when there are enough, or no more are to be had."""
        commands = ask_for_tests(self.config, self.state)
        self.state.pending |= {command.command_id: command for command in commands}
        self.sent, self.texts = len(commands), sum(command.request.n for command in commands)
        return commands

    def take(self, command: Generate, answer: Sampled) -> Batch | None:
        """Take one answer; return what the batch brought once all of its answers are in."""
        request = command.request
        self.state.pending.pop(command.command_id)
        self.state.exhausted |= len(answer.samples) < request.n
        self.state.batch[request.offset] = answer.samples
        prompt = content_hash(*(message.content for message in request.messages))
        for place, sample in enumerate(answer.samples):
            source = Provenance("generated", self.model, prompt, request.seed, request.offset + place, self.run)
            for part in sample.parts():
                self.sources.setdefault(part.key, source)
        before = len(self.state.tests)
        if take_batch(self.state) is None:
            return None
        written = self.state.tests[before:]
        new = [NewTest(self._content(sample.code), sample.key, self.sources[sample.key]) for sample in written]
        return Batch(tuple(new), self.texts, self.sent)

    def _content(self, code: str) -> Content:
        """A test of a problem of standard input is a case, whose text the run knows it by."""
        case = None if self.state.problem.cases is None else case_of(code)
        return code if case is None else case


def _sample(item: BankedTest) -> Sample:
    code = item.content if isinstance(item.content, str) else case_text(item.content)
    return Sample("", code, item.key)
