"""docs/rewards.md says what the code does."""

import json
import re
from pathlib import Path

from coderm.messages.execution import Outcome
from coderm.rewards.base import PlainTerm
from coderm.rewards.factory import TERMS, make_reward
from coderm.rewards.rollouts import RolloutLine
from coderm.rewards.statuses import OUTCOMES, STATUSES, is_null
from coderm.rewards.terms.group_normalised import Normalised
from coderm.rewards.terms.weighted import Weighted
from coderm.rewards.writers.factory import WRITER_TERMS
from coderm.selection.factory import RULES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "rewards.md").read_text("utf-8")


def table(head):
    """Cells of the rows below a heading row."""
    lines = PAGE.split(f"\n| {head} |", 1)[1].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_the_table_of_statuses_is_that_of_the_code():
    rows = [(status.strip("`"), reward, cause) for status, reward, cause, _ in table("status")]
    assert rows == [(status, "null" if is_null(status) else "number", ruling.caused_by) for status, ruling in STATUSES.items()]


def test_the_table_of_outcomes_is_that_of_the_code():
    counts = {Outcome.LOST: "null", Outcome.PASSED: "yes"}
    rows = [(outcome.strip("`"), passed, status.strip("`")) for outcome, passed, status in table("outcome")]
    assert rows == [(outcome.label, counts.get(outcome, "no"), status) for outcome, status in OUTCOMES.items()]


def test_the_table_of_terms_has_their_options_defaults_and_ranges():
    rows = table("term")
    terms = rows[: len(TERMS)]
    assert [row[0].strip("`") for row in terms] == list(TERMS)
    for name, _, bounds, options, all_tests in terms:
        ((term, _),) = make_reward(name.strip("`")).terms
        found = {key: json.loads(value) for key, value in re.findall(r"`(\w+)` \((.+?)\)", options)}
        if isinstance(term, PlainTerm):
            assert found == term.model_dump()
            assert bounds == "{:g} to {:g}".format(*term.bounds(8))
            assert all_tests == ("yes" if term.needs_all_tests else "no")
        else:
            assert isinstance(term, Normalised)
            assert found == {"of": term.inner.terms[0][0].name, "eps": term.eps}


def test_every_rule_has_its_formula():
    named = {name for row in table("rule") for name in re.findall(r"`(\w+)`", row[0])}
    assert named == set(RULES)
    assert Weighted().rule in named


def test_the_terms_of_writers_are_those_of_the_code():
    rows = PAGE.split("## Rewards for who writes tests", 1)[1]
    assert re.findall(r"^\| `(\w+)`", rows.split("##", 1)[0], re.MULTILINE) == list(WRITER_TERMS)


def test_the_fields_of_a_line_are_those_of_the_code():
    named = {name for row in table("field") for name in re.findall(r"`(\w+)`", row[0])}
    assert named == set(RolloutLine.model_fields)


def test_every_trainer_of_the_adapters_has_a_row():
    rows = {row[0] for row in table("trainer")}
    assert rows == {"TRL", "slime", "open-instruct", "NeMo-RL", "verl", "OpenRLHF", "SkyRL"}
