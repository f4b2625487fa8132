"""The report: tables of what the summary says, and a clear word when there is none."""

import io
import json

import numpy as np
import pytest
from builders import REJECTED, UNLABELLED, a_config, a_result
from rich.console import Console

from coderm.errors import DataError
from coderm.report.summary import write_outputs
from coderm.report.table import load_summary, print_curve, print_report
from coderm.selection.factory import RULES
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory


@pytest.fixture
def finished(tmp_path):
    def write(*results):
        with Journal(tmp_path / "journal.sqlite") as journal:
            for result in results:
                journal.finish(result)
        write_outputs(RunDirectory(tmp_path), a_config(), len(results))
        return tmp_path

    return write


def printed(show):
    file = io.StringIO()
    show(Console(file=file, width=200))
    return file.getvalue()


def test_a_report_shows_accuracy_per_rule_and_what_was_counted(finished):
    directory = finished(a_result(0, "p/0"), a_result(1, "p/1", **REJECTED))
    text = printed(lambda console: print_report(load_summary(directory), directory, console))
    assert "2 problems, 2 with checks" in " ".join(text.split())
    assert all(f"best-of-N, {rule}" in text for rule in RULES)
    assert "best-of-N, coderm *" in text
    assert "policy:no_code" in text
    assert "tests without a case" in text
    assert "25.00" in text  # pass@1


def test_a_report_says_how_checks_were_graded(finished):
    directory = finished(a_result(0, "p/0", check_grading=np.array([[1, 0], [1, 1]], np.int8)))
    text = printed(lambda console: print_report(load_summary(directory), directory, console))
    assert "of checks: isolated 3, shared 1" in " ".join(text.split())


def test_a_run_without_labels_reports_dashes(finished):
    directory = finished(a_result(2, **UNLABELLED))
    text = printed(lambda console: print_report(load_summary(directory), directory, console))
    assert "0 with checks" in " ".join(text.split())
    assert "best-of-N" not in text


def test_the_curve_has_a_row_per_rule_and_no_more_tests_than_there_are(finished):
    directory = finished(a_result())
    text = printed(lambda console: print_curve(directory, console))
    assert all(rule in text for rule in RULES)
    assert " 2 " in text
    assert " 4 " not in text
    assert "+ examples" not in text


def test_the_curve_shows_the_run_s_rule_with_visible_examples_where_there_are_any(finished):
    directory = finished(a_result(examples=np.array([[2], [1]], np.int8), checks=np.array([[1, 4], [1, 1]], np.int8)))
    rows = {line.split("│")[1].strip(): line for line in printed(lambda c: print_curve(directory, c)).splitlines() if "│" in line}
    assert "100.00" not in rows["coderm"]
    assert rows["coderm + examples"].count("100.00") == 2


def test_a_curve_of_a_matrix_that_was_cut_short_is_refused(finished):
    directory = finished(a_result())
    with Journal(directory / "journal.sqlite") as journal:
        journal.finish(a_result(outcomes=np.array([[1, 0], [1, 1]], np.int8), skipped=1))
    with pytest.raises(DataError, match="early stopping"):
        print_curve(directory, Console(file=io.StringIO()))


def test_a_curve_without_labels_is_refused(finished):
    with pytest.raises(DataError, match="no problem has checks"):
        print_curve(finished(a_result(2, **UNLABELLED)), Console(file=io.StringIO()))


def test_a_directory_without_a_summary_is_told(tmp_path):
    with pytest.raises(DataError, match=r"summary\.json: no such file; the run has not finished"):
        load_summary(tmp_path)


@pytest.mark.parametrize("content", ["{", "[1]", "3", "{}", json.dumps({"problems": 3})])
def test_a_broken_summary_is_told(tmp_path, content):
    (tmp_path / "summary.json").write_text(content)
    with pytest.raises(DataError, match=r"summary\.json: not readable .*; run the same command again"):
        load_summary(tmp_path)
