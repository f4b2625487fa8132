"""Ends records that are problems of an evaluation benchmark: by n-grams of the question, by the program's tree, by shown examples.

Benchmarks are small, so their index is held in memory. Each removal names the benchmark's problem and what was found, as the list
of removals shows. A problem that was reworded, solved another way and shown with other examples leaves no trace here.
"""

import ast
import contextlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from coderm.config.data import DecontaminateConfig
from coderm.data.fingerprints import Fingerprint, fingerprints
from coderm.data.records import Record, Rejected, Why
from coderm.data.words import sequences, words
from coderm.extract.syntax.parsing import BadSyntax, parse
from coderm.extract.syntax.scopes import functions
from coderm.messages.problem import Problem
from coderm.problems.visible_examples import shown_examples

LEAST_EXAMPLES = 2
"""Shown examples that a copy has in common; one alone, as `f(0) == 0`, may be chance."""
SMALL_TREE_WORDS = 0.25
"""Share of the shorter question's words that the other has, from which the same small tree counts: by itself it tells nothing."""
LEAST_STATEMENTS = 6
"""Distinct statements below which only the whole tree counts: a loop that gathers a list has four, and everybody writes it."""


class Decontaminate:
    """Knows the problems of all benchmarks by what their copies keep."""

    def __init__(self, config: DecontaminateConfig, problems: Iterable[Problem]) -> None:
        self._config = config
        self.problems = 0
        self._grams: dict[int, set[int]] = defaultdict(set)
        self._sizes: list[int] = []
        self._ids: list[str] = []
        self._words: list[frozenset[str]] = []
        self._trees: dict[str, int] = {}
        self._small_trees: dict[str, list[int]] = defaultdict(list)
        self._statements: dict[str, set[int]] = defaultdict(set)
        self._bodies: list[tuple[int, int]] = []
        self._examples: dict[str, set[int]] = defaultdict(set)
        for problem in problems:
            self.learn(problem)

    def __call__(self, record: Record) -> Record | Rejected:
        """Return the record, or the benchmark problem that it is."""
        return self.copied(record.problem) or record

    def copied(self, problem: Problem) -> Rejected | None:
        """Return which of the known problems this one is, and by what; None for a new one."""
        if not self._ids:
            return None
        return self._by_text(problem) or self._by_tree(problem) or self._by_examples(problem)

    def learn(self, problem: Problem) -> None:
        """Know one more problem."""
        place = len(self._ids)
        self._ids.append(problem.task_id)
        self.problems += 1
        grams = sequences(_statement(problem), self._config.words)
        self._sizes.append(len(grams))
        self._words.append(frozenset(words(_statement(problem))))
        for gram in grams:
            self._grams[hash(gram)].add(place)
        with contextlib.suppress(RecursionError):  # nested too deeply: its text is known all the same
            for found in fingerprints(problem.reference):
                self._learn_tree(place, found)
        for example in _examples(problem):
            self._examples[example].add(place)

    def _learn_tree(self, place: int, found: Fingerprint) -> None:
        if found.nodes < self._config.tree_nodes:
            self._small_trees[found.whole].append(place)
            return
        self._trees.setdefault(found.whole, place)
        if len(found.statements) >= LEAST_STATEMENTS:
            body = len(self._bodies)
            self._bodies.append((place, len(found.statements)))
            for statement in found.statements:
                self._statements[statement].add(body)

    def _by_text(self, problem: Problem) -> Rejected | None:
        shared: Counter[int] = Counter()
        for gram in sequences(_statement(problem), self._config.words):
            shared.update(self._grams.get(hash(gram), ()))
        found = _first(shared, lambda place: self._config.text_share * self._sizes[place])
        if found is None:
            return None
        return Rejected(Why.BENCHMARK_TEXT, f"{self._ids[found]}: {shared[found] / self._sizes[found]:.2f} of its n-grams")

    def _by_tree(self, problem: Problem) -> Rejected | None:
        for own in fingerprints(problem.reference):
            if own.whole in self._trees:
                return Rejected(Why.BENCHMARK_TREE, f"{self._ids[self._trees[own.whole]]}: the same tree")
            own_words = words(_statement(problem))
            for place in self._small_trees.get(own.whole, ()):
                share = _overlap(self._words[place], frozenset(own_words))
                if share >= SMALL_TREE_WORDS:
                    return Rejected(Why.BENCHMARK_TREE, f"{self._ids[place]}: the same tree, {share:.2f} of the words")
            shared: Counter[int] = Counter()
            for statement in own.statements:
                shared.update(self._statements.get(statement, ()))
            found = _first(shared, lambda body: self._config.tree_share * self._bodies[body][1])
            if found is not None:
                place, size = self._bodies[found]
                return Rejected(Why.BENCHMARK_TREE, f"{self._ids[place]}: {shared[found] / size:.2f} of its statements")
        return None

    def _by_examples(self, problem: Problem) -> Rejected | None:
        shared: Counter[int] = Counter()
        for example in set(_examples(problem)):
            shared.update(self._examples.get(example, ()))
        found = _first(shared, lambda _: LEAST_EXAMPLES)
        return None if found is None else Rejected(Why.BENCHMARK_EXAMPLES, f"{self._ids[found]}: {shared[found]} examples")


def _first(shared: Counter[int], least: Callable[[int], float]) -> int | None:
    """Return the place that shares most among those that share enough, the earliest of equals."""
    enough = [place for place, count in shared.items() if count >= least(place)]
    return max(enough, key=lambda place: (shared[place], -place), default=None)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(min(len(one), len(other)), 1)


def _statement(problem: Problem) -> str:
    return problem.question or problem.prompt


def _examples(problem: Problem) -> list[str]:
    """Return the shown examples without the function's name."""
    text = _statement(problem)
    tree = parse(problem.reference)
    named = {problem.entry_point.rpartition(".")[2]} | (set() if isinstance(tree, BadSyntax) else set(functions(tree.body)))
    lines = [line for name in sorted(named - {""}) for line in shown_examples(text, name)]
    return [written for line in lines if (written := _nameless(line)) is not None]


def _nameless(line: str) -> str | None:
    tree = parse(line)
    if isinstance(tree, BadSyntax):
        return None
    call = next((node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)), None)
    if call is None:
        return None
    call.func = ast.Name("function", ast.Load())
    return ast.dump(tree, annotate_fields=False)
