"""Measures the test quality of the model as it is: it writes tests for held-out problems, and they are executed.

Every process writes its share of the tests; the first one executes them all and has the figures. Sandboxes live as long.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from coderm.config.schema import PromptConfig
from coderm.config.training import TrainConfig
from coderm.extract import Extracted, Rejection, extract_unit_test
from coderm.generation.prompts import render_unit_test
from coderm.messages.problem import Problem
from coderm.messages.scoring import ScoreRequest, UnitTests
from coderm.scoring.local import local_scorer
from coderm.scoring.scorer import Scorer
from coderm.training.judges import Judges, Panel, find_judges, held_out_problems, settings_of_tests
from coderm.training.quality import SHOWN, Written, figures, rejections
from coderm.training.rendering import Renderer
from coderm.training.sampling import Prompt, sample_texts

PREFIX = "quality/"
"""In front of each figure in metrics.jsonl."""


@dataclass(slots=True)
class Measurement:
    """Measures one training's model.

    rank, world: this process among those that train; gather: joins lists of all of them; tell: hears how far it is.
    """

    config: TrainConfig
    renderer: Renderer
    learnt: set[str]
    rank: int = 0
    world: int = 1
    gather: Callable[[list[Any]], list[Any]] = list
    tell: Callable[[str], None] = lambda _: None
    _problems: list[Problem] = field(default_factory=list)
    _panel: Panel | None = None

    def find(self) -> Panel | None:
        """Find who judges, on the first process. Raises DataError with the remedy when tests of no problem can be judged."""
        quality = self.config.quality
        self._problems = held_out_problems(quality, self.learnt)
        if self.rank == 0:

            async def found() -> Panel:
                async with local_scorer(self.config.sandbox) as scorer:
                    return await find_judges(self._problems, quality, self.config.sandbox, scorer, self.config.seed)

            self._panel = asyncio.run(found())
        return self._panel

    def __call__(self, model: Any) -> dict[str, Any]:
        """Return the figures, each with PREFIX, on the first process; nothing on the others."""
        prompts = [self._prompt(problem) for problem in self._problems for _ in range(self.config.quality.tests)]
        mine = list(range(self.rank, len(prompts), self.world))
        quality = self.config.quality
        seed = self.config.seed + self.rank
        asked = [prompts[at] for at in mine]
        texts = sample_texts(model, self.renderer, asked, quality.sampling, quality.batch, seed, self._say)
        written = dict(self.gather(list(zip(mine, texts, strict=True))))
        if self._panel is None:
            return {}
        by_task = {
            problem.task_id: [written[place * quality.tests + number] for number in range(quality.tests)]
            for place, problem in enumerate(self._problems)
        }
        judged = asyncio.run(self._judged(self._panel, by_task))
        return finite({PREFIX + name: value for name, value in {**figures(judged), "rejected": rejections(judged)}.items()})

    def _say(self, line: str) -> None:
        if self.rank == 0:
            self.tell(f"test quality: {line}")

    def _prompt(self, problem: Problem) -> Prompt:
        """Ask as the rows ask: the question with its right program."""
        return self.renderer.prompt(render_unit_test(problem, problem.reference, PromptConfig()))[1]

    async def _judged(self, panel: Panel, texts: dict[str, list[str | None]]) -> list[Written]:
        async with local_scorer(self.config.sandbox) as scorer:
            return [await self._written(judges, texts[judges.problem.task_id], scorer) for judges in panel.judges]

    async def _written(self, judges: Judges, texts: Sequence[str | None], scorer: Scorer) -> Written:
        read = [extract_unit_test(text, judges.problem) if text is not None else None for text in texts]
        tests = tuple(item.code for item in read if isinstance(item, Extracted))
        rejected = Counter(_reason(item) for item in read if not isinstance(item, Extracted))
        programs = (judges.reference, *judges.candidates, *judges.mutants)
        if not tests:
            return Written(len(texts), rejected, np.zeros((len(programs), 0), np.int8), judges.labels)
        settings = settings_of_tests(judges.problem, self.config.sandbox)
        verdicts = await scorer.score_all(ScoreRequest(judges.problem.task_id, programs, UnitTests(tests), settings))
        outcomes = np.array([verdict.outcomes for verdict in verdicts], np.int8)
        return Written(len(texts), rejected, outcomes, judges.labels)


def _reason(item: Rejection | None) -> str:
    return "prompt_too_long" if item is None else item.reason.value


def told(found: dict[str, Any]) -> str:
    """Return a line of figures for people."""
    shown = {"usable": "usable", "valid": "valid", "accuracy": "accuracy", "mutants_killed": "mutants killed"}
    return ", ".join(f"{text} {found[PREFIX + name]:.0%}" for name, text in shown.items() if found.get(PREFIX + name) is not None)


def table(steps: Sequence[tuple[int, dict[str, Any]]]) -> list[str]:
    """Return rows of a Markdown table, a column for each measured step."""
    head = ["| test quality | " + " | ".join(f"step {step}" for step, _ in steps) + " |", "|---|" + "---|" * len(steps)]
    return head + [
        f"| {text} | " + " | ".join(_shown(found.get(PREFIX + name)) for _, found in steps) + " |" for name, text in SHOWN.items()
    ]


def finite(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without numbers that JSON has no name for."""
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in row.items()}


def _shown(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1%}"
