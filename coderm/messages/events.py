"""Events that the scheduler takes in, and commands that it returns.

Owns the vocabulary between the pure scheduler, its shell and the journal. Every command carries an id made of content, so
that the same journal gives the same commands and an answer can be looked up instead of asked for again.
"""

from dataclasses import dataclass
from typing import Literal

from coderm.messages.cases import CaseBlock
from coderm.messages.execution import Block, BlockResult
from coderm.messages.generation import GenerationRequest, Role
from coderm.messages.hidden_states import States, StatesRequest
from coderm.messages.observations import Observation
from coderm.messages.problem import Problem
from coderm.messages.results import ProblemResult
from coderm.messages.samples import Sample

BlockKind = Literal["tests", "checks", "canaries", "examples"]


@dataclass(frozen=True, slots=True)
class ProblemArrived:
    """A problem enters the run; `programs` and `tests` are given by the user or None (generate them)."""

    index: int
    problem: Problem
    programs: tuple[Sample, ...] | None = None
    tests: tuple[Sample, ...] | None = None


@dataclass(frozen=True, slots=True)
class Sampled:
    """A Generate command is answered."""

    command_id: str
    samples: tuple[Sample, ...]
    prompt_tokens: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Executed:
    """An Execute command is answered."""

    command_id: str
    result: BlockResult


@dataclass(frozen=True, slots=True)
class CommandLost:
    """The worker under a command was lost; nothing is known about the answer."""

    command_id: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class StatesRead:
    """A ReadStates command is answered."""

    command_id: str
    states: States


Event = ProblemArrived | Sampled | Executed | StatesRead | CommandLost


@dataclass(frozen=True, slots=True)
class Generate:
    """Sample texts for one problem and read them back (programs for the policy, unit tests for CodeRM)."""

    command_id: str
    request: GenerationRequest
    problem: Problem

    @property
    def role(self) -> Role:
        """Whose engine answers."""
        return self.request.role


@dataclass(frozen=True, slots=True)
class Execute:
    """Run one block; `rows` and `columns` are the places of its programs and tests among the problem's unique ones."""

    command_id: str
    task_id: str
    kind: BlockKind
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    block: Block | CaseBlock

    @property
    def pairs(self) -> int:
        """Cells of the pass matrix, or verdicts of checks, that it fills; canaries fill none."""
        return 0 if self.kind == "canaries" else len(self.rows) * len(self.columns)


@dataclass(frozen=True, slots=True)
class ReadStates:
    """Read a model's hidden states about one problem and its programs."""

    command_id: str
    request: StatesRequest


@dataclass(frozen=True, slots=True, eq=False)
class RecordObservation:
    """Record what pass `number` showed of a problem and forget the problem until the next pass."""

    command_id: str
    number: int
    observation: Observation


@dataclass(frozen=True, slots=True, eq=False)
class Finish:
    """Record a finished problem and forget it."""

    command_id: str
    result: ProblemResult


Ask = Generate | Execute | ReadStates
"""Commands that an event answers."""

Command = Ask | RecordObservation | Finish
