"""What is read from a model: which states of which text. Owns the vocabulary between a probe and the backends that read states."""

from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from coderm.errors import ConfigError
from coderm.messages.hashing import content_hash
from coderm.messages.problem import Problem

Token = Literal["last", "mean"]
View = Literal["problem", "problem_candidate", "mean_candidates"]

RENDERING = 1
"""Number of the way texts are shown (coderm.generation.hidden_states.rendering); raise it when that changes."""


@dataclass(frozen=True, slots=True)
class StateSpec:
    """Which hidden states make up a vector. Two vectors may be compared only under equal specs.

    layers: k counts layers passed, 0 is the embedding; negative from the end, -1 after the last layer, before the final norm;
    several are concatenated. token: state of the last token, or the mean over the tokens of the text that is judged (the answer
    where one is shown, else the prompt). view: the prompt alone, with the first usable candidate as its answer, or the mean over
    the first `candidates` usable ones. max_tokens: longest text; of a longer one the end is kept.
    """

    model: str
    layers: tuple[int, ...]
    token: Token = "last"
    view: View = "mean_candidates"
    candidates: int = 4
    max_tokens: int = 1024
    rendering: int = RENDERING

    def __post_init__(self) -> None:
        if not self.model:
            raise ConfigError("probe: no model is named; give --model")
        if not self.layers or len(set(self.layers)) < len(self.layers):
            raise ConfigError(f"probe: layers {list(self.layers)}: name at least one layer, and each once")
        for name, value, kinds in (("token", self.token, Token), ("view", self.view, View)):
            if value not in get_args(kinds):
                raise ConfigError(f"probe: {name} = {value!r}; choose one of {', '.join(get_args(kinds))}")
        if self.candidates < 1 or self.max_tokens < 1:
            raise ConfigError("probe: candidates and max_tokens must be at least 1")

    @property
    def max_candidates(self) -> int:
        """Most candidates shown."""
        return {"problem": 0, "problem_candidate": 1, "mean_candidates": self.candidates}[self.view]

    def differences(self, other: "StateSpec") -> list[str]:
        """Name what differs, as `name: ours, not theirs`; empty when vectors may be compared."""
        idle = {"candidates"} if self.view == other.view != "mean_candidates" else set()
        pairs = ((item.name, getattr(self, item.name), getattr(other, item.name)) for item in fields(self))
        return [f"{name}: {ours!r}, not {theirs!r}" for name, ours, theirs in pairs if ours != theirs and name not in idle]


@dataclass(frozen=True, slots=True)
class StatesRequest:
    """Ask for one vector about one problem. candidates: usable programs in sampling order, at most as many as the spec shows."""

    request_id: str
    task_id: str
    question: str
    prompt: str
    entry_point: str
    candidates: tuple[str, ...]
    spec: StateSpec


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """The answer. vector: float32 (layers x width,)."""

    request_id: str
    vector: npt.NDArray[np.float32]


def states_request(problem: Problem, programs: tuple[str, ...], spec: StateSpec) -> StatesRequest:
    """Ask about a problem and its usable programs. Without any the problem alone is shown. The id is made of all that counts."""
    shown = programs[: spec.max_candidates]
    parts = (problem.question, problem.prompt, problem.entry_point, repr(spec), *shown)
    name = f"{problem.task_id}|states|{content_hash(*parts)}"
    return StatesRequest(name, problem.task_id, problem.question, problem.prompt, problem.entry_point, shown, spec)
