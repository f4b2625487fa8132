"""The doctor says which Pythons hold, and what does not hold off the first of them."""

import sys

from cluster.commands.doctor import NEWEST, OLDEST, diagnose_python


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
