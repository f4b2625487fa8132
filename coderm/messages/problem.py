"""A programming problem, and the turns of a chat prompt."""

from dataclasses import dataclass
from typing import Literal

from coderm.messages.case_texts import case_text
from coderm.messages.cases import Case
from coderm.messages.scoring import Cases


@dataclass(frozen=True, slots=True)
class Problem:
    """One programming problem.

    `question` is what a person would read (also what the test writer sees); `prompt` is the code stub the policy completes
    (signature and docstring), empty when there is none. `reference` is a complete correct program. Each of `checks` is
    a complete unit test module (one or more `unittest.TestCase` classes, the program's names in scope) that no model ever
    sees; a program is correct iff it passes all of them. No checks: no accuracy can be reported. `judge_cpu_s` overrides the
    CPU limit of the checks where a benchmark defines one. `examples` are unit tests that the question itself shows. `prelude` are
    imports that the benchmark puts in front of every program; `recursion_limit` and `int_digits` are what its harness sets.
    """

    task_id: str
    question: str
    entry_point: str = ""
    prompt: str = ""
    reference: str = ""
    checks: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    source: str = ""
    judge_cpu_s: float | None = None
    messages: tuple["ChatMessage", ...] = ()
    """A ready-made prompt for the test writer (released CodeRM benchmark files); replaces the template when present."""
    prelude: str = ""
    recursion_limit: int = 0
    int_digits: int = 0
    cases: Cases | None = None
    """Hidden input and output cases, of a problem whose programs read stdin and write stdout; such a problem has no `checks`."""
    example_cases: tuple[Case, ...] = ()
    """Cases that the question itself shows."""

    @property
    def judged(self) -> bool:
        """Whether there is anything hidden that programs can be judged by."""
        return bool(self.checks) or bool(self.cases)

    @property
    def hidden(self) -> tuple[str, ...]:
        """The hidden tests as texts: unit test modules, or the texts of cases; made anew with each call."""
        return self.checks if self.cases is None else tuple(map(case_text, self.cases.cases))

    @property
    def shown(self) -> tuple[str, ...]:
        """The tests that the question shows, in the same form."""
        return self.examples if self.cases is None else tuple(map(case_text, self.example_cases))


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str
