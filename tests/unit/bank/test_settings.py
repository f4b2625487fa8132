"""The numbers of the bank's policy are those of its page, and the reasons given for them hold."""

import json
import re
from pathlib import Path

import pytest

from coderm.config.bank import BankConfig

PAGE = Path(__file__).resolve().parents[3] / "docs" / "bank.md"


def test_every_setting_is_on_the_page_with_its_default():
    rows = re.findall(
        r"^\| ((?:`\w+`(?:, )?)+) \| ((?:`[^`]+`(?:, )?)+) \|", PAGE.read_text("utf-8").partition("## Settings")[2], re.M
    )
    told = {}
    for names, defaults in rows:
        told |= dict(zip(re.findall(r"`(.+?)`", names), map(json.loads, re.findall(r"`(.+?)`", defaults)), strict=True))
    assert told == {name: field.default for name, field in BankConfig.model_fields.items()}


def test_half_of_a_budget_is_spent_after_35_decisions_that_want_all_they_may():
    share = BankConfig().step_share
    assert (1 - share) ** 35 < 0.5 < (1 - share) ** 34


def test_a_test_that_parts_a_group_in_six_is_idle_too_long_in_5_of_100_cases():
    assert round(100 * (5 / 6) ** BankConfig().idle_groups) == 5


@pytest.mark.parametrize("values", [{"totl": 3}, {"step_share": 0}, {"keep": 0}, {"total": -1}])
def test_a_setting_that_cannot_be_is_refused(values):
    with pytest.raises(ValueError, match=next(iter(values))):
        BankConfig(**values)
