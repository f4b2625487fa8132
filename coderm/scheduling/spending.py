"""How a run spends its budget: which passes it makes over the problems, and what each pass allots. Pure.

With a gain model that reads features, or a budget in tokens or seconds, the first pass is a survey. Then comes one pass a round:
the last spends all of the budget, each before it half of what the next one has, and from the second on the gain model also hears
how the votes went so far. A model that reads nothing has all its rounds in one pass, which every problem goes through by itself.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from coderm.arrays import FloatArray, UnitArray
from coderm.budget.allocation.gains import first_gains
from coderm.budget.costs import make_costs
from coderm.budget.features.survey import SURVEY_FEATURES, example_rates
from coderm.budget.features.votes import VOTE_FEATURES, vote_features
from coderm.budget.gain_models.base import LAMBDA, SPENT, GainModel, ProblemFeatures
from coderm.budget.gain_models.equal import Equal
from coderm.budget.gain_models.factory import make_gain_model
from coderm.budget.plan import allot, spend
from coderm.config.schema import (
    EMBEDDED_PROBE,
    EXAMPLES_PROBE,
    BudgetConfig,
    CodermConfig,
    OpenAIEngine,
    RunConfig,
    choice_name,
)
from coderm.errors import ConfigError
from coderm.messages.observations import Observation, RoundAllotment
from coderm.probe.features.cheap import CHEAP
from coderm.probe.features.table import FeatureTable
from coderm.probe.model.probe import Probe
from coderm.probe.model.storage import SHIPPED, load_probe
from coderm.scheduling.passes import PassPlan
from coderm.scheduling.roles import NO_FILES, UserFiles, check_states, writing_engines
from coderm.selection.base import Rule
from coderm.selection.factory import make_rule

GAINS_KEPT = 8
"""Gains written down per problem and round; enough to see the shape of a curve."""


@dataclass(frozen=True, slots=True, eq=False)
class Allotment:
    """One round's decision for P problems.

    units: (P,) tests each has when the round ends. predicted: (P,) pass rates, NaN without a probe. curve: (P, GAINS_KEPT) marginal
    gains of the first units, and cost: (P,) of one more, in the budget's unit, as the round saw them.
    """

    units: UnitArray
    predicted: FloatArray
    curve: FloatArray
    cost: FloatArray

    def by_problem(self) -> Iterator[RoundAllotment]:
        """The decision problem by problem, as the journal keeps it."""
        columns = (self.units, self.predicted, self.curve, self.cost)
        return itertools.starmap(RoundAllotment, zip(*(column.tolist() for column in columns), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class BudgetSchedule:
    """Settings of the budget with what they name. problems: P. rule: behind the final choice, whose margins vote features
    are in. given: the user brings the tests, so nothing is allotted.

    dry: the run ends when the survey is over; whoever asked decides the first round from it. writer: whose tests are paid for,
    most_answers: that its engine gives to a prompt sent once, None for any number.
    """

    config: BudgetConfig
    problems: int
    model: GainModel
    rule: Rule
    probe: Probe | None = None
    given: bool = False
    dry: bool = False
    writer: CodermConfig = field(default_factory=CodermConfig)
    most_answers: int | None = None

    def __post_init__(self) -> None:
        examples = self.config.probe == EXAMPLES_PROBE
        if not self.given and LAMBDA in self.model.reads and self.probe is None and not examples:
            raise ConfigError(f"budget.model = {self.model.name!r} reads predicted pass rates: set budget.probe")

    @property
    def surveyed(self) -> bool:
        """Whether all problems are surveyed before anything is spent."""
        return not self.given and (bool(self.model.reads) or self.config.unit != "tests")

    @property
    def states_model(self) -> str:
        """Model whose hidden states the probe reads; empty without any."""
        return self.probe.card.spec.model if self.probe and self.probe.card.spec else ""

    @property
    def passes(self) -> int:
        """Passes over the problems, the survey included; one where no round depends on what another showed."""
        return 1 + self.config.rounds if self.surveyed else 1

    def rounds_before(self, number: int) -> int:
        """Rounds to decide before pass `number`: none before a survey, all at once where nothing that is seen decides them."""
        if self.given:
            return 0
        return min(number, 1) if self.surveyed else self.config.rounds

    def pass_plan(self, number: int, units: Sequence[UnitArray]) -> PassPlan:
        """The pass with this number; units: (P,) of each round so far."""
        spec = self.probe.card.spec if self.surveyed and self.probe is not None and number == 0 else None
        rounds = (np.zeros(self.problems, np.int64),) if self.given else tuple(units)
        return PassPlan(self.problems, rounds, number, self.passes, spec)

    def allot(self, survey: Sequence[Observation], votes: Sequence[Observation], units: Sequence[UnitArray]) -> Allotment:
        """Decide one round. survey, votes: of every problem, empty where there was none. Raises ConfigError below the floors."""
        features = self._features(survey, votes)
        gains = self.model.gains(features)
        costs = make_costs(self.config, self.writer, self.problems, survey, votes, self.most_answers)
        before = units[-1] if units else np.zeros(self.problems, np.int64)
        given = spend(self.config, gains, len(units), before, costs)
        predicted = features.column(LAMBDA) if LAMBDA in features.names else np.full(self.problems, np.nan)
        return Allotment(given, predicted, first_gains(gains, GAINS_KEPT), costs.each)

    def _features(self, survey: Sequence[Observation], votes: Sequence[Observation]) -> ProblemFeatures:
        """Everything known: the predicted pass rate and cheap features, texts, and after a round how the votes went."""
        if not survey:
            return ProblemFeatures.none(tuple(map(str, range(self.problems))))
        known: dict[str, FloatArray] = {}
        if self.probe is not None:
            probed = self.probe.problem_features(feature_table(survey, self.probe))
            known = {name: probed.column(name) for name in probed.names}
        surveyed = np.stack([item.survey for item in survey])
        if self.probe is None and LAMBDA in self.model.reads:
            known = {LAMBDA: _rates_on_examples(surveyed)}
        known |= dict(zip(SURVEY_FEATURES, surveyed.T, strict=True))
        known[SPENT] = np.array([item.tests for item in votes or survey], np.float64)
        if votes:
            known |= dict(zip(VOTE_FEATURES, np.stack([vote_features(item.passed, self.rule) for item in votes]).T, strict=True))
        task_ids = tuple(item.task_id for item in survey)
        return ProblemFeatures(task_ids, tuple(known), np.stack(list(known.values()), axis=1))


def make_budget_schedule(config: RunConfig, problems: int, files: UserFiles = NO_FILES) -> BudgetSchedule:
    """Read what the settings name. Where no test is to be written no model decides anything.

    Raises ConfigError when the budget is below the floors or no engine runs the model whose states the probe reads, DataError
    for a probe that cannot be read.
    """
    given = files.tests is not None
    rule_name = choice_name(config.selection.rule, examples=config.selection.examples)
    model = Equal() if config.budget.empty else make_gain_model(config.budget, rule_name)
    probe = None
    if LAMBDA in model.reads and not given and config.budget.probe != EXAMPLES_PROBE:
        probe = load_probe(probe_directory(config.budget))
        if probe.card.spec is not None:
            check_states(probe.card.spec, writing_engines(config, files))
    if not given and config.budget.unit == "tests":
        allot(config.budget, problems)  # says early what is wrong with the budget
    engine = config.engines.get(config.coderm.engine)
    most_answers = engine.max_n if isinstance(engine, OpenAIEngine) else None
    rule = make_rule(config.selection)
    return BudgetSchedule(config.budget, problems, model, rule, probe, given, writer=config.coderm, most_answers=most_answers)


def _rates_on_examples(surveyed: FloatArray) -> FloatArray:
    rates = example_rates(surveyed)
    if np.isnan(rates).any():
        raise ConfigError(
            "budget.probe = 'examples': no problem shows an example that can be run; name a probe, or a model that needs none"
        )
    return rates


def probe_directory(config: BudgetConfig) -> Path:
    """Where the configured probe is."""
    return SHIPPED if config.probe == EMBEDDED_PROBE else Path(config.probe)


def feature_table(survey: Sequence[Observation], probe: Probe) -> FeatureTable:
    """The features of a survey as a probe reads them; a problem whose states were lost has their mean over the others."""
    spec = probe.card.spec
    rows = [item.states for item in survey if item.states.size]
    if spec is not None and not rows:
        raise ConfigError("no hidden states could be read of any problem; see the errors above, or set budget.model = 'equal'")
    mean = np.mean(rows, axis=0) if rows else np.zeros(0)
    states = np.array([item.states if item.states.size else mean for item in survey], np.float32).reshape(len(survey), -1)
    cheap = np.array([item.cheap for item in survey], np.float32)
    usable = np.array([item.usable for item in survey], np.int64)
    return FeatureTable(tuple(item.task_id for item in survey), spec, states, CHEAP, cheap, usable)
