"""The scheduler: a pure state machine that decides what is generated, run and finished; actors carry it out.

`handle(event)` returns commands and changes nothing but its own state: no clock, no I/O, no Ray, no randomness, so that the
same events give the same commands. Every command stays pending until it is answered or given up; answers may come twice.
"""

from collections.abc import Sequence

import numpy as np

from coderm.budget.plan import total_budget
from coderm.canaries.falsify import make_canaries
from coderm.config.schema import RunConfig
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
    ProblemArrived,
    ReadStates,
    RecordObservation,
    Sampled,
    StatesRead,
)
from coderm.messages.execution import GRADINGS, Limits
from coderm.messages.hidden_states import states_request
from coderm.messages.problem import Problem
from coderm.messages.progress import Counters
from coderm.messages.samples import Sample
from coderm.scheduling.blocks import Judging, execute_commands, limits_of
from coderm.scheduling.passes import PassPlan
from coderm.scheduling.poison import LOSSES, halves
from coderm.scheduling.problem_state import ProblemState
from coderm.scheduling.writing import ask_for_candidates, ask_for_tests, take_batch
from coderm.selection.early_stop import Part, Waves


class Scheduler:
    """Decides for all problems in work, in one pass over them.

    plan: what this pass is to do and how many tests each problem gets. environment: digest of what decides verdicts besides
    texts and limits (the sandbox image); it becomes part of every block's id.
    """

    def __init__(self, config: RunConfig, plan: PassPlan, environment: str = "") -> None:
        self._config = config
        self._plan = plan
        self._environment = environment
        self._states: dict[str, ProblemState] = {}
        self._task_of: dict[str, str] = {}
        self._limits: dict[tuple[BlockKind, float | None, int, int], Limits] = {}
        passes_to_come = plan.of - 1 - plan.number
        self.counters = Counters(problems=plan.problems, unit=config.budget.unit, passes_to_come=passes_to_come)

    def handle(self, event: Event) -> list[Command]:
        """Take one event in and return the commands that follow from it."""
        match event:
            case ProblemArrived():
                return self._arrived(event)
            case Sampled(command_id):
                state = self._owner_of(command_id)
                return [] if state is None else self._sampled(state, command_id, event)
            case Executed(command_id):
                state = self._owner_of(command_id)
                return [] if state is None else self._executed(state, command_id, event)
            case StatesRead(command_id):
                state = self._owner_of(command_id)
                return [] if state is None else self._states_read(state, command_id, event)
            case CommandLost(command_id):
                state = self._owner_of(command_id)
                return [] if state is None else self._lost(state, command_id, event.reason)

    def open_commands(self) -> list[str]:
        """Ids of the commands not answered yet, oldest first."""
        return list(self._task_of)

    @property
    def in_work(self) -> int:
        """Problems that have arrived and not finished."""
        return self.counters.in_work

    def _owner_of(self, command_id: str) -> ProblemState | None:
        task_id = self._task_of.get(command_id)
        return None if task_id is None else self._states[task_id]

    def _issue(self, state: ProblemState, commands: Sequence[Ask]) -> list[Command]:
        for command in commands:
            state.pending[command.command_id] = command
            self._task_of[command.command_id] = state.problem.task_id
        return list(commands)

    def _close(self, state: ProblemState, command_id: str) -> Ask:
        del self._task_of[command_id]
        return state.pending.pop(command_id)

    def _arrived(self, event: ProblemArrived) -> list[Command]:
        targets = self._plan.targets(event.index) if event.tests is None else (len(event.tests),)
        state = ProblemState(event.index, event.problem, targets, event.programs is not None, event.tests)
        self.counters.units += state.units
        if event.tests is None:
            self.counters.budget = total_budget(self._config.budget, self._plan.problems)
        if self._config.selection.early_stop:
            state.waves = Waves(self._config.sandbox.block_pairs, self._config.sandbox.row_timeouts)
        self._states[event.problem.task_id] = state
        self.counters.in_work += 1
        self.counters.arrived += 1
        if event.programs is not None:
            self.counters.candidates_asked += len(event.programs)
            return self._take_candidates(state, event.programs) + self._finish(state)
        self.counters.candidates_asked += self._config.policy.samples
        return self._issue(state, [ask_for_candidates(self._config, event.problem)])

    def _sampled(self, state: ProblemState, command_id: str, event: Sampled) -> list[Command]:
        command = self._close(state, command_id)
        assert isinstance(command, Generate)
        state.note(command.role, event.samples, event.prompt_tokens)
        self.counters.tokens += sum(sample.tokens for sample in event.samples)
        if command.role == "policy":
            return self._take_candidates(state, event.samples) + self._finish(state)
        state.exhausted |= len(event.samples) < command.request.n
        state.batch[command.request.offset] = event.samples
        self._charge("tokens", event.prompt_tokens + sum(sample.tokens for sample in event.samples))
        return self._take_batch(state)

    def _take_candidates(self, state: ProblemState, samples: Sequence[Sample]) -> list[Command]:
        state.take_candidates(samples)
        self.counters.candidates += len(samples)
        checks = state.problem.hidden
        everyone = range(len(state.programs.texts))
        commands = self._blocks(state, "checks", checks, range(len(checks)), everyone)
        examples = state.problem.shown
        commands += self._blocks(state, "examples", examples, range(len(examples)), everyone)
        if state.given_tests is not None:
            columns = state.take_tests(state.given_tests, len(state.given_tests), keep_doubles=True)
            self.counters.tests += len(state.tests)
            return commands + self._run_tests(state, columns)
        return commands + (self._survey(state) if self._plan.survey else self._ask_for_tests(state))

    def _survey(self, state: ProblemState) -> list[Command]:
        """Ask for a model's states, which predict how hard a problem is."""
        if self._plan.spec is None:
            return []
        usable = tuple(sample.code for sample in state.candidates if not sample.rejected)
        request = states_request(state.problem, usable, self._plan.spec)
        return self._issue(state, [ReadStates(request.request_id, request)])

    def _states_read(self, state: ProblemState, command_id: str, event: StatesRead) -> list[Command]:
        self._close(state, command_id)
        state.states = event.states.vector
        return self._finish(state)

    def _ask_for_tests(self, state: ProblemState) -> list[Command]:
        return self._issue(state, ask_for_tests(self._config, state))

    def _take_batch(self, state: ProblemState) -> list[Command]:
        """Run the tests of a batch that is in, and ask for what is still missing."""
        if (batch := take_batch(state)) is None:
            return []
        self.counters.tests += batch.tests
        self._charge("tests", batch.tests)
        return self._run_tests(state, batch.columns) + self._ask_for_tests(state) + self._finish(state)

    def _run_tests(self, state: ProblemState, columns: range) -> list[Command]:
        """Run new tests, and make canaries of them if there are too few yet."""
        tests = [state.unit_tests.texts[j] for j in columns]
        missing = self._config.sandbox.canaries - len(state.canaries)
        state.canaries += make_canaries(tests, missing, f"{self._config.seed}|{state.problem.task_id}|{len(state.canaries)}")
        if state.waves is not None:
            state.waves.add(columns)
            return self._follow_up(state)
        return self._run_part(state, Part(tuple(range(len(state.programs.texts))), columns))

    def _run_part(self, state: ProblemState, part: Part) -> list[Command]:
        state.batches.append((part.columns, state.canaries))
        tests = [state.unit_tests.texts[j] for j in part.columns]
        return self._blocks(state, "tests", tests, part.columns, part.rows)

    def _follow_up(self, state: ProblemState) -> list[Command]:
        """After an answer: canaries for programs that passed tests; with early stopping the next wave once all of that is in."""
        commands = []
        for rows, canaries in state.due_for_canaries():
            commands += self._blocks(state, "canaries", canaries, range(len(canaries)), rows)
        if state.waves is None or state.running("tests", "canaries"):
            return commands
        state.fill_left_out(GRADINGS.index(self._config.sandbox.grading))
        to_come = max(0, state.units - len(state.tests)) if state.given_tests is None else 0
        weights = np.array(state.unit_tests.counts(), np.intp)
        parts = state.waves.advance(state.verdicts.outcomes, weights, to_come, state.verdicts.tampered)
        return commands + [command for part in parts for command in self._run_part(state, part)]

    def _blocks(
        self,
        state: ProblemState,
        kind: BlockKind,
        tests: Sequence[str],
        columns: range,
        rows: Sequence[int],
    ) -> list[Command]:
        if not tests or not rows:
            return []
        box, problem = self._config.sandbox, state.problem
        limits = self._limits_of(problem, kind)
        judging = Judging(limits, box.grading, box.fallback, box.details, self._environment, problem.cases)
        programs = [state.runnable[i] for i in rows]
        commands = execute_commands(problem.task_id, kind, programs, tests, columns, judging, pairs=box.block_pairs, rows=rows)
        self.counters.pairs_planned += sum(command.pairs for command in commands)
        return self._issue(state, commands)

    def _limits_of(self, problem: Problem, kind: BlockKind) -> Limits:
        """What limits_of says, kept for all problems that ask for the same."""
        wanted = kind, problem.judge_cpu_s, problem.recursion_limit, problem.int_digits
        if wanted not in self._limits:
            self._limits[wanted] = limits_of(problem, self._config.sandbox, kind)
        return self._limits[wanted]

    def _executed(self, state: ProblemState, command_id: str, event: Executed) -> list[Command]:
        command = self._close(state, command_id)
        assert isinstance(command, Execute)
        state.verdicts.store(command, event.result)
        if command.kind == "tests":
            self._charge("CPU seconds", float(event.result.cpu_s.sum()))
        self.counters.pairs_done += command.pairs
        return self._follow_up(state) + self._finish(state)

    def _charge(self, unit: str, cost: float) -> None:
        """Count what drains the budget, if it is kept in this unit."""
        if unit == self._config.budget.unit:
            self.counters.spent += cost

    def _lost(self, state: ProblemState, command_id: str, reason: str) -> list[Command]:
        """Try a lost command again, a block in halves; past the limit give it up: its cells stay LOST, its samples are missing."""
        state.attempts[command_id] += 1
        if parts := self._halves(state, command_id):
            return parts
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
            return self._follow_up(state) + self._finish(state)
        if isinstance(command, ReadStates):
            return self._finish(state)  # the allocator knows the problem by its cheap features alone
        state.exhausted = True
        return self._finish(state) if command.role == "policy" else self._take_batch(state)

    def _halves(self, state: ProblemState, command_id: str) -> list[Command]:
        """Issue the halves of a block that was lost too often to be by chance, in its place; each is suspected from the start."""
        command = state.pending[command_id]
        if state.attempts[command_id] < LOSSES or not isinstance(command, Execute):
            return []
        if parts := halves(command):
            self._close(state, command_id)
            self.counters.retries += 1
            state.attempts.update({part.command_id: LOSSES - 1 for part in parts})
        return self._issue(state, parts)

    def _finish(self, state: ProblemState) -> list[Command]:
        """Once nothing is pending: finish the problem, or record what this pass showed of it, and forget it."""
        if state.pending:
            return []
        task_id = state.problem.task_id
        del self._states[task_id]
        self.counters.in_work -= 1
        self.counters.problems_done += 1
        self.counters.tests_missing += max(state.units - len(state.tests), 0)
        if self._plan.final:
            return [Finish(f"{task_id}|finish", state.result())]
        number = self._plan.number
        return [RecordObservation(f"{task_id}|observe|{number}", number, state.observation(self._plan.survey))]
