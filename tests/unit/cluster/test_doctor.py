"""The doctor says which Pythons hold, what does not hold off the first of them, and which roles lack an engine."""

import sys
from itertools import islice

import pytest
from builders import a_config

from cluster.commands.doctor import NEWEST, OLDEST, Finding, diagnose, diagnose_python


def test_the_python_of_the_whole_suite_has_no_reservation():
    finding = diagnose_python((*OLDEST, 7))
    assert finding.fine
    assert finding.text.startswith("3.11.7, ")
    assert ";" not in finding.text


def test_newer_ones_are_fine_and_say_what_does_not_hold():
    for minor in (12, 13):
        finding = diagnose_python((3, minor, 0))
        assert finding.fine
        assert "judged by the image's" in finding.text
        assert "tried up to" not in finding.text


def test_one_that_nobody_tried_says_so():
    assert "tried up to 3.13 only" in diagnose_python((NEWEST[0], NEWEST[1] + 1, 0)).text


def test_an_older_one_is_refused_with_the_remedy():
    finding = diagnose_python((3, 10, 13))
    assert not finding.fine
    assert "make setup PYTHON=python3.11" in finding.text


def test_this_python_holds():
    assert diagnose_python(sys.version_info[:3]).fine


@pytest.mark.parametrize(
    ("writer", "fine", "text"),
    [
        ("main", True, "policy writes with engine main, coderm writes with engine main"),
        ("other", False, "coderm.engine = 'other': there is no [engines.other] in the config; name one of those there: main"),
    ],
)
def test_an_engine_that_a_role_names_is_looked_up(writer, fine, text):
    findings = diagnose(a_config(coderm={"engine": writer}))
    assert list(islice(findings, 1, 2)) == [Finding("roles", fine, text)]


def test_a_config_without_engines_is_one_for_given_files():
    assert [finding.name for finding in islice(diagnose(a_config(engines={})), 2)] == ["python", "disk"]
