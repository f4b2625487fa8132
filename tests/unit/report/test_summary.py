"""The summary: the fields readers rely on, and figures that follow from the verdicts."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from builders import REJECTED, UNLABELLED, a_config, a_problem, a_result

from coderm.messages.execution import Outcome
from coderm.report.summary import write_outputs
from coderm.selection.factory import RULES
from coderm.storage.journal import Journal
from coderm.storage.run_directory import RunDirectory

NEEDED = {
    *("problems", "candidates", "tests", "pairs", "pairs_executed", "outcomes", "rejected", "lost", "pass_at_1", "pass_at_n"),
    *("best_of_n", "tokens", "seconds", "versions", "seed"),
}
"""What issue 2 asks for."""


@pytest.fixture
def summarise(tmp_path):
    def write(*results, expected=None, selection=None, **facts):
        with Journal(tmp_path / "journal.sqlite") as journal:
            for result in results:
                journal.finish(result)
            for name, value in facts.items():
                journal.set_fact(name, value)
        expected = len(results) if expected is None else expected
        return write_outputs(RunDirectory(tmp_path), a_config(seed=5, selection=selection or {}), expected)

    return write


def test_counts_are_numbers_also_of_a_single_problem(summarise):
    summary = summarise(a_result())
    assert (type(summary["without_tests"]), type(summary["without_candidates"])) == (int, int)


def test_every_field_a_reader_relies_on_is_there_and_is_what_the_file_says(summarise, tmp_path):
    summary = summarise(
        a_result(), busy='{"generation": 2.5}', wall="9.5", allocation_s="0.25", environment="docker:ab:python-3.11.2:numpy-none"
    )
    assert summary.keys() >= NEEDED
    assert json.loads((tmp_path / "summary.json").read_text()) == summary
    assert summary["seconds"].keys() == {"generation", "execution", "allocation", "selection", "wall"}
    assert (summary["seconds"]["generation"], summary["seconds"]["wall"], summary["seconds"]["allocation"]) == (2.5, 9.5, 0.25)
    assert summary["best_of_n"].keys() == {*RULES, "coderm + examples"}
    assert {"python", "coderm", "numpy"} <= summary["versions"].keys()
    assert (summary["seed"], summary["sandbox"]["judging"]) == (5, {"python": "3.11.2"})


def test_the_chosen_rule_is_also_scored_among_candidates_that_pass_the_most_visible_examples(summarise, tmp_path):
    shown = {"examples": np.array([[1, 1], [1, 2]], np.int8)}  # the second program, which the tests prefer, fails one
    tests_alone = summarise(a_result(**shown))["best_of_n"]
    assert (tests_alone["coderm"], tests_alone["coderm + examples"]) == (0.0, 1.0)
    assert json.loads((tmp_path / "selected.jsonl").read_text())["solution"] == "program b"
    with_examples = summarise(selection={"examples": True})
    assert with_examples["best_of_n"].keys() == set(RULES)
    assert with_examples["best_of_n"]["coderm"] == 1.0
    assert json.loads((tmp_path / "selected.jsonl").read_text())["solution"] == "program a"


def test_counts_are_over_positions_and_executions_over_unique_texts(summarise):
    cut_short = {"outcomes": np.array([[1, 4], [1, Outcome.LEFT_OUT]], np.int8)}
    summary = summarise(a_result(0, "p/0", **cut_short), a_result(1, "p/1", lost=("x: gone",)))
    assert (summary["problems"], summary["candidates"], summary["tests"], summary["pairs"]) == (2, 8, 6, 18)
    assert (summary["unique_candidates"], summary["unique_tests"], summary["pairs_executed"]) == (4, 4, 15)
    assert (summary["lost"], summary["unfinished"]) == (1, 0)
    assert summary["outcomes"] == {"passed": 13, "failed": 2, "timeout": 2, "left_out": 1}
    assert summary["pairs_left_out"] == 1
    assert summary["check_outcomes"] == {"passed": 6, "timeout": 2}
    assert summary["rejected"] == {"policy:no_code": 2}
    assert summary["tokens"] == {"policy": 24, "policy_prompt": 20}


def test_candidates_that_passed_a_canary_are_counted_by_position_and_their_rows_are_tampered(summarise):
    summary = summarise(a_result(0, "p/0", canaries=2, tampered=(0,)), a_result(1, "p/1", canaries=1))
    assert (summary["canaries"], summary["tampered_candidates"]) == (3, 2)
    assert summary["outcomes"] == {"passed": 10, "failed": 2, "tampered": 6}
    assert summary["check_outcomes"] == {"passed": 6, "timeout": 2}


def test_reruns_flips_and_gradings_are_counted(summarise):
    summary = summarise(a_result(0, "p/0", reruns=3, flips=1, endless=2), a_result(1, "p/1", reruns=2))
    assert (summary["pairs_rerun"], summary["pairs_flipped"], summary["pairs_proved_endless"]) == (5, 1, 2)
    assert summary["gradings"] == {"shared": 14, "isolated": 4}


def test_it_says_how_the_hidden_checks_were_graded(summarise):
    one = a_result(0, "p/0", check_grading=np.array([[1, 0], [1, 1]], np.int8))
    lost = a_result(1, "p/1", checks=np.array([[0, 1], [1, 1]], np.int8), check_grading=np.array([[0, 1], [1, 1]], np.int8))
    assert summarise(one, lost)["check_gradings"] == {"shared": 1, "isolated": 6}


def test_a_check_that_was_left_out_was_not_graded(summarise):
    checks = np.array([[Outcome.TIMEOUT, Outcome.LEFT_OUT], [Outcome.PASSED, Outcome.PASSED]], np.int8)
    cut = a_result(checks=checks, check_grading=np.ones((2, 2), np.int8))
    assert summarise(cut)["check_gradings"] == {"isolated": 3}


def test_a_journal_that_does_not_say_how_checks_were_graded_gives_no_figure(summarise):
    assert summarise(a_result())["check_gradings"] == {}


def test_rejected_candidates_are_wrong_in_pass_at_1(summarise):
    summary = summarise(a_result(0, "p/0"), a_result(1, "p/1", **REJECTED))
    assert summary["labelled"] == 2
    assert summary["pass_at_1"] == pytest.approx((2 / 4 + 0) / 2)
    assert summary["pass_at_n"] == pytest.approx((1 + 0) / 2)
    assert summary["best_of_n"]["coderm"] == 0.0
    assert summary["without_candidates"] == 1


def test_a_rule_that_keeps_right_and_wrong_candidates_scores_their_share(summarise):
    summary = summarise(a_result(outcomes=np.ones((2, 2), np.int8)))
    assert summary["best_of_n"]["coderm"] == pytest.approx(2 / 3)
    assert summary["intervals"]["coderm"]["gain_over_pass_at_1"]["mean"] == pytest.approx(2 / 3 - 1 / 2)


def test_accuracy_is_over_problems_whose_labels_are_known(summarise):
    in_doubt = a_result(1, "p/1", checks=np.array([[1, 0], [1, 1]], np.int8))
    summary = summarise(a_result(0, "p/0"), in_doubt, a_result(2, **UNLABELLED))
    assert (summary["problems"], summary["labelled"], summary["pass_at_1"]) == (3, 1, 0.5)


def test_without_labels_no_accuracy_is_claimed(summarise):
    summary = summarise(a_result(2, **UNLABELLED))
    assert (summary["labelled"], summary["pass_at_1"], summary["pass_at_n"], summary["best_of_n"]) == (0, None, None, None)


def test_problems_that_never_finished_are_counted(summarise):
    assert summarise(a_result(), expected=4)["unfinished"] == 3


def test_the_quality_of_tests_counts_every_usable_candidate(summarise):
    quality = summarise(a_result())["quality"]
    # One test: the two right rows pass 2 of 3 each, the wrong row passes 3 of 3.
    assert quality["one_test"]["paper_far_false_discovery_rate"] == pytest.approx(3 / 7, abs=1e-6)
    assert quality["one_test"]["paper_frr_false_omission_rate"] == 1.0
    assert quality["one_test"]["false_positive_rate"] == 1.0


def test_the_same_journal_gives_the_same_figures(summarise):
    results = [a_result(number, f"p/{number}", problem=a_problem(f"p/{number}")) for number in range(3)]
    first, second = summarise(*results), summarise(*results)
    assert first | {"seconds": 0} == second | {"seconds": 0}


def test_a_summary_never_vouches_for_files_that_could_not_be_written(summarise, tmp_path):
    summarise(a_result())
    (tmp_path / "labels.jsonl").unlink()
    (tmp_path / "labels.jsonl").mkdir()
    with pytest.raises(Exception, match=r"labels\.jsonl: cannot be written"):
        summarise(a_result())
    assert not (tmp_path / "summary.json").exists()


def test_with_early_stopping_only_figures_that_are_exact_are_reported(summarise, tmp_path):
    stopped = a_result(outcomes=np.array([[1, 0], [1, 1]], np.int8), skipped=1)
    summary = summarise(stopped, selection={"early_stop": True})
    assert summary["best_of_n"] == {"coderm": 0.0, "max_pass": 0.0}
    assert "quality" not in summary
    assert (summary["pairs"], summary["pairs_skipped_early"], summary["outcomes"]) == (9, 1, {"passed": 7})
    assert pq.read_table(tmp_path / "matrix.parquet").num_rows == 7
    assert json.loads((tmp_path / "selected.jsonl").read_text())["kept"] == [1]


def test_tests_without_a_case_are_counted_by_position(summarise):
    whole = a_result(0, "p/0", unit_tests=("assert f()", "assert g()"))
    none = a_result(1, "p/1", outcomes=np.full((2, 2), Outcome.NO_TESTS, np.int8))
    broken = a_result(2, "p/2", unit_tests=("broken(", "assert f()"))
    assert summarise(whole, none, broken)["tests_without_case"] == len(none.tests) + int((broken.unit_test_of == 0).sum())


def test_a_pair_that_isolation_could_not_serve_is_no_verdict_and_is_counted(summarise):
    outcomes = np.array([[Outcome.PASSED, Outcome.UNSERVED], [Outcome.FAILED, Outcome.PASSED]], np.int8)
    checks = np.array([[Outcome.UNSERVED, Outcome.FAILED], [Outcome.PASSED, Outcome.PASSED]], np.int8)
    summary = summarise(a_result(outcomes=outcomes, checks=checks))
    assert (summary["pairs_unserved"], summary["pairs_executed"], summary["labelled"]) == (2, 8, 1)  # a check failed: it is wrong


def test_a_program_whose_only_open_check_was_unserved_is_neither_right_nor_wrong(summarise):
    checks = np.array([[Outcome.UNSERVED, Outcome.PASSED], [Outcome.PASSED, Outcome.PASSED]], np.int8)
    assert summarise(a_result(checks=checks))["labelled"] == 0
