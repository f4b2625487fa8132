"""The scheduler: a pure state machine that decides what is generated, run and finished; actors carry it out.

`handle(event)` returns commands and changes nothing but its own state: no clock, no I/O, no Ray, no randomness, so that the
same events give the same commands. Every command stays pending until it is answered or given up; answers may come twice.
"""

import math
from collections.abc import Sequence

import numpy as np

from coderm.budget.plan import total_budget
from coderm.canaries.falsify import make_canaries
from coderm.config.schema import RunConfig
from coderm.generation.prompts import render_solution, render_unit_test, shown
from coderm.messages.events import (
    Ask,
    BlockKind,
    Command,
    CommandLost,
    Event,
    Execute,
    Executed,
    Finish,
    Generate,
    Look,
    Looked,
    Observe,
    ProblemArrived,
    Sampled,
)
from coderm.messages.execution import GRADINGS, Limits
from coderm.messages.generation import GenerationRequest, Role, Sampling
from coderm.messages.hashing import content_hash
from coderm.messages.hidden_states import states_request
from coderm.messages.problem import Problem
from coderm.messages.progress import Counters
from coderm.messages.samples import Sample
from coderm.scheduling.blocks import execute_commands
from coderm.scheduling.passes import Pass
from coderm.scheduling.problem_state import ProblemState
from coderm.selection.early_stop import Part, Waves


class Scheduler:
    """Decides for all problems in work, in one pass over them.

    walk: what this pass is to do and how many tests each problem gets. environment: digest of what decides verdicts besides
    texts and limits (the sandbox image); it becomes part of every block's id.
    """

    def __init__(self, config: RunConfig, walk: Pass, environment: str = "") -> None:
        self._config = config
        self._walk = walk
        self._environment = environment
        self._states: dict[str, ProblemState] = {}
        self._owner: dict[str, str] = {}
        passes_to_come = walk.of - 1 - walk.number
        self.counters = Counters(problems=walk.problems, unit=config.budget.unit, passes_to_come=passes_to_come)

    def handle(self, event: Event) -> list[Command]:
        """Take one event in and return the commands that follow from it."""
        match event:
            case ProblemArrived():
                return self._arrived(event)
            case Sampled(command_id):
                state = self._answered(command_id)
                return [] if state is None else self._sampled(state, command_id, event)
            case Executed(command_id):
                state = self._answered(command_id)
                return [] if state is None else self._executed(state, command_id, event)
            case Looked(command_id):
                state = self._answered(command_id)
                return [] if state is None else self._looked(state, command_id, event)
            case CommandLost(command_id):
                state = self._answered(command_id)
                return [] if state is None else self._lost(state, command_id, event.reason)

    def open_commands(self) -> list[str]:
        """Ids of the commands not answered yet, oldest first."""
        return list(self._owner)

    @property
    def in_work(self) -> int:
        """Problems that have arrived and not finished."""
        return self.counters.in_work

    def _answered(self, command_id: str) -> ProblemState | None:
        task_id = self._owner.get(command_id)
        return None if task_id is None else self._states[task_id]

    def _issue(self, state: ProblemState, commands: Sequence[Ask]) -> list[Command]:
        for command in commands:
            state.pending[command.command_id] = command
            self._owner[command.command_id] = state.problem.task_id
        return list(commands)

    def _close(self, state: ProblemState, command_id: str) -> Ask:
        del self._owner[command_id]
        return state.pending.pop(command_id)

    def _arrived(self, event: ProblemArrived) -> list[Command]:
        targets = self._walk.targets(event.index) if event.tests is None else (len(event.tests),)
        state = ProblemState(event.index, event.problem, targets, event.programs is not None, event.tests)
        self.counters.units += state.units
        if event.tests is None:
            self.counters.budget = total_budget(self._config.budget, self._walk.problems)
        if self._config.selection.early_stop:
            state.waves = Waves(self._config.sandbox.block_pairs, self._config.sandbox.row_timeouts)
        self._states[event.problem.task_id] = state
        self.counters.in_work += 1
        self.counters.arrived += 1
        if event.programs is not None:
            self.counters.candidates_asked += len(event.programs)
            return self._candidates(state, event.programs) + self._finished(state)
        samples = self._config.policy.samples
        self.counters.candidates_asked += samples
        messages = render_solution(event.problem, self._config.policy.prompt)
        return self._issue(state, [self._request(state.problem, "policy", messages, samples, 0)])

    def _request(self, problem: Problem, role: Role, messages: tuple, n: int, offset: int) -> Generate:  # type: ignore[type-arg]
        section = self._config.policy if role == "policy" else self._config.coderm
        sampling = Sampling(section.sampling.temperature, section.sampling.top_p, section.sampling.max_tokens)
        command_id = f"{problem.task_id}|{role}|{offset}|{content_hash(*(m.content for m in messages), str(n))[:8]}"
        seed = int(content_hash(str(self._config.seed), problem.task_id, role, str(offset))[:7], 16)
        request = GenerationRequest(command_id, problem.task_id, role, messages, n, seed, sampling, offset)
        return Generate(command_id, request, problem)

    def _sampled(self, state: ProblemState, command_id: str, event: Sampled) -> list[Command]:
        command = self._close(state, command_id)
        assert isinstance(command, Generate)
        state.note(command.role, event.samples, event.prompt_tokens)
        self.counters.tokens += sum(sample.tokens for sample in event.samples)
        if command.role == "policy":
            return self._candidates(state, event.samples) + self._finished(state)
        state.exhausted |= len(event.samples) < command.request.n
        state.batch[command.request.offset] = event.samples
        self._spent("tokens", event.prompt_tokens + sum(sample.tokens for sample in event.samples))
        return self._batch_done(state)

    def _candidates(self, state: ProblemState, samples: Sequence[Sample]) -> list[Command]:
        state.take_candidates(samples)
        self.counters.candidates += len(samples)
        checks = state.problem.checks
        everyone = range(len(state.programs.texts))
        commands = self._blocks(state, "checks", checks, range(len(checks)), everyone)
        examples = state.problem.examples
        commands += self._blocks(state, "examples", examples, range(len(examples)), everyone)
        if state.given_tests is not None:
            columns = state.take_tests(state.given_tests, len(state.given_tests), keep_doubles=True)
            self.counters.tests += len(state.tests)
            return commands + self._run_tests(state, columns)
        return commands + (self._survey(state) if self._walk.survey else self._ask_for_tests(state))

    def _survey(self, state: ProblemState) -> list[Command]:
        """Ask for a model's states, which predict how hard a problem is."""
        if self._walk.spec is None:
            return []
        usable = tuple(sample.code for sample in state.candidates if not sample.rejected)
        request = states_request(state.problem, usable, self._walk.spec)
        return self._issue(state, [Look(request.request_id, request)])

    def _looked(self, state: ProblemState, command_id: str, event: Looked) -> list[Command]:
        self._close(state, command_id)
        state.states = event.states.vector
        return self._finished(state)

    def _ask_for_tests(self, state: ProblemState) -> list[Command]:
        """Ask for the tests still missing, within the cap on attempts; several prompts when they rotate.

        A round that is over makes room for the next at once: what it asks for must not depend on when verdicts arrive.
        """
        texts = state.programs.texts
        while (number := self._missing(state)) <= 0 and state.round < len(state.targets) - 1:
            state.round += 1
        if number <= 0 or not texts or state.exhausted:
            return []
        strategy = self._config.coderm.show
        prompts = min(number, len(texts)) if strategy == "rotate" else 1
        commands = []
        for part in range(prompts):
            n = number // prompts + (part < number % prompts)
            code = shown(strategy, list(zip(texts, state.programs.counts(), strict=True)), state.requests)
            messages = render_unit_test(state.problem, code, self._config.coderm.prompt)
            commands.append(self._request(state.problem, "coderm", messages, n, state.asked))
            state.requests += 1
            state.asked += n
        return self._issue(state, commands)

    def _missing(self, state: ProblemState) -> int:
        """Tests to ask for next in the present round."""
        missing = state.target - len(state.tests)
        spare = math.ceil(state.target * self._config.coderm.max_attempts) - state.asked
        return min(math.ceil(missing * self._config.coderm.oversample), spare)

    def _batch_done(self, state: ProblemState) -> list[Command]:
        """Once all requests of a batch are in, take their tests in the order asked for, whatever came first."""
        if any(isinstance(command, Generate) for command in state.pending.values()):
            return []
        samples = [sample for _, part in sorted(state.batch.items()) for sample in part]
        state.batch.clear()
        state.written += samples
        before = len(state.tests)
        columns = state.take_tests(samples, state.target, keep_doubles=False)
        self.counters.tests += len(state.tests) - before
        self._spent("tests", len(state.tests) - before)
        return self._run_tests(state, columns) + self._ask_for_tests(state) + self._finished(state)

    def _run_tests(self, state: ProblemState, columns: range) -> list[Command]:
        """Run new tests, and make canaries of them if there are too few yet."""
        tests = [state.unit_tests.texts[j] for j in columns]
        missing = self._config.sandbox.canaries - len(state.canaries)
        state.canaries += make_canaries(tests, missing, f"{self._config.seed}|{state.problem.task_id}|{len(state.canaries)}")
        if state.waves is not None:
            state.waves.add(columns)
            return self._go_on(state)
        return self._pairs(state, Part(tuple(range(len(state.programs.texts))), columns))

    def _pairs(self, state: ProblemState, part: Part) -> list[Command]:
        state.batches.append((part.columns, state.canaries))
        tests = [state.unit_tests.texts[j] for j in part.columns]
        return self._blocks(state, "tests", tests, part.columns, part.rows)

    def _go_on(self, state: ProblemState) -> list[Command]:
        """After an answer: canaries for programs that passed tests; with early stopping the next wave once all of that is in."""
        commands = []
        for rows, canaries in state.due_for_canaries():
            commands += self._blocks(state, "canaries", canaries, range(len(canaries)), rows)
        if state.waves is None or state.running("tests", "canaries"):
            return commands
        state.fill_left_out(GRADINGS.index(self._config.sandbox.grading))
        to_come = max(0, state.units - len(state.tests)) if state.given_tests is None else 0
        weights = np.array(state.unit_tests.counts(), np.intp)
        parts = state.waves.advance(state.outcomes, weights, to_come, state.tampered)
        return commands + [command for part in parts for command in self._pairs(state, part)]

    def _blocks(
        self,
        state: ProblemState,
        kind: BlockKind,
        tests: Sequence[str],
        columns: range,
        rows: Sequence[int],
    ) -> list[Command]:
        box = self._config.sandbox
        checks = kind == "checks"
        cpu_s = (state.problem.judge_cpu_s or box.check_cpu_s) if checks else box.cpu_s
        # One missed check settles a label; examples are counted one by one, so none is left out.
        row_timeouts = {"checks": 1, "examples": 0}.get(kind, box.row_timeouts)
        limits = Limits(
            cpu_s,
            max(box.wall_s, cpu_s),
            box.memory_mb,
            box.output_kb,
            box.processes,
            box.files_mb,
            row_timeouts,
            box.borderline,
            state.problem.recursion_limit,
            state.problem.int_digits,
            box.sessions,
        )
        commands = execute_commands(
            state.problem.task_id,
            kind,
            [state.runnable[i] for i in rows],
            tests,
            columns,
            rows=rows,
            limits=limits,
            grading=box.grading,
            fallback=box.fallback,
            pairs=box.block_pairs,
            details=box.details,
            environment=self._environment,
        )
        self.counters.pairs_planned += sum(command.pairs for command in commands)
        return self._issue(state, commands)

    def _executed(self, state: ProblemState, command_id: str, event: Executed) -> list[Command]:
        command = self._close(state, command_id)
        assert isinstance(command, Execute)
        state.store(command, event.result)
        if command.kind == "tests":
            self._spent("CPU seconds", float(event.result.cpu_s.sum()))
        self.counters.pairs_done += command.pairs
        return self._go_on(state) + self._finished(state)

    def _spent(self, unit: str, cost: float) -> None:
        """Count what drains the budget, if it is kept in this unit."""
        if unit == self._config.budget.unit:
            self.counters.spent += cost

    def _lost(self, state: ProblemState, command_id: str, reason: str) -> list[Command]:
        """Try a lost command again; past the limit give it up by name: its cells stay LOST, its samples are missing."""
        state.attempts[command_id] += 1
        if state.attempts[command_id] <= self._config.cluster.max_retries:
            self.counters.retries += 1
            return [state.pending[command_id]]
        command = self._close(state, command_id)
        state.lost.append(f"{command_id}: {reason}")
        self.counters.lost += 1
        if isinstance(command, Execute):
            self.counters.pairs_done += command.pairs
            if state.waves is not None and command.kind == "tests":
                state.waves.run_all()
            return self._go_on(state) + self._finished(state)
        if isinstance(command, Look):
            return self._finished(state)  # the allocator knows the problem by its cheap features alone
        state.exhausted = True
        return self._finished(state) if command.role == "policy" else self._batch_done(state)

    def _finished(self, state: ProblemState) -> list[Command]:
        if state.pending:
            return []
        task_id = state.problem.task_id
        del self._states[task_id]
        self.counters.in_work -= 1
        self.counters.problems_done += 1
        self.counters.tests_missing += max(state.units - len(state.tests), 0)
        if self._walk.final:
            return [Finish(f"{task_id}|finish", state.result())]
        number = self._walk.number
        return [Observe(f"{task_id}|observe|{number}", number, state.observation(self._walk.survey))]
