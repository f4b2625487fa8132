"""Asks models for texts: candidates once, unit tests in batches until a problem has its allotment or its attempts are used up.

What is asked for depends on texts only, never on verdicts or on when they arrive. Changes nothing but the problem's state.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from coderm.config.schema import CodermConfig, RunConfig
from coderm.generation.prompts import pick_candidate, render_solution, render_unit_test
from coderm.messages.events import Generate
from coderm.messages.generation import GenerationRequest, Role, Sampling
from coderm.messages.hashing import content_hash
from coderm.messages.problem import ChatMessage, Problem
from coderm.scheduling.problem_state import ProblemState


class Batch(NamedTuple):
    """What a batch brought: places of the new unique tests, and how many tests it added, doubles included."""

    columns: range
    tests: int


def ask_for_candidates(config: RunConfig, problem: Problem) -> Generate:
    """Ask the policy once for all candidates."""
    return _request(config, problem, "policy", render_solution(problem, config.policy.prompt), config.policy.samples, 0)


def ask_for_tests(config: RunConfig, state: ProblemState) -> list[Generate]:
    """Ask for the tests still missing, within the cap on attempts; several prompts when they rotate.

    A round that is over makes room for the next at once: what it asks for must not depend on when verdicts arrive.
    """
    texts = state.programs.texts
    while (number := _missing(config.coderm, state)) <= 0 and state.round < len(state.targets) - 1:
        state.round += 1
    if number <= 0 or not texts or state.exhausted:
        return []
    strategy = config.coderm.show
    prompts = min(number, len(texts)) if strategy == "rotate" else 1
    commands = []
    for part in range(prompts):
        n = number // prompts + (part < number % prompts)
        code = pick_candidate(strategy, list(zip(texts, state.programs.counts(), strict=True)), state.requests)
        messages = render_unit_test(state.problem, code, config.coderm.prompt)
        commands.append(_request(config, state.problem, "coderm", messages, n, state.asked))
        state.requests += 1
        state.asked += n
    return commands


def take_batch(state: ProblemState) -> Batch | None:
    """Once all requests of a batch are in, take their tests in the order asked for, whatever came first; None until then."""
    if any(isinstance(command, Generate) for command in state.pending.values()):
        return None
    samples = [sample for _, part in sorted(state.batch.items()) for sample in part]
    state.batch.clear()
    state.written += samples
    before = len(state.tests)
    columns = state.take_tests(samples, state.target, keep_doubles=False)
    return Batch(columns, len(state.tests) - before)


def _missing(config: CodermConfig, state: ProblemState) -> int:
    """Tests to ask for next in the present round."""
    missing = state.target - len(state.tests)
    spare = math.ceil(state.target * config.max_attempts) - state.asked
    return min(math.ceil(missing * config.oversample), spare)


def _request(config: RunConfig, problem: Problem, role: Role, messages: Sequence[ChatMessage], n: int, offset: int) -> Generate:
    """Ask for `n` texts; id and seed are made of the content and of the texts asked for before."""
    section = config.policy if role == "policy" else config.coderm
    sampling = Sampling(section.sampling.temperature, section.sampling.top_p, section.sampling.max_tokens)
    command_id = f"{problem.task_id}|{role}|{offset}|{content_hash(*(m.content for m in messages), str(n))[:8]}"
    seed = int(content_hash(str(config.seed), problem.task_id, role, str(offset))[:7], 16)
    request = GenerationRequest(command_id, problem.task_id, role, tuple(messages), n, seed, sampling, offset)
    return Generate(command_id, request, problem)
