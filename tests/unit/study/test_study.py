import io
import json
import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from coderm.budget.allocator import allocate
from coderm.budget.base import SPENT, ProblemFeatures
from coderm.budget.features import SURVEY_FEATURES
from coderm.budget.storage import load_model
from coderm.budget.votes import VOTE_FEATURES
from coderm.errors import ConfigError, DataError
from coderm.selection.majority import Majority
from coderm.simulation.published import POLICY, WRITERS
from coderm.simulation.world import simulate
from coderm.study.cases import Case, StudyFiles, read_cases
from coderm.study.contest import CONTESTANTS, EXAMPLES, PROBED, contest, make_field
from coderm.study.draws import draw
from coderm.study.plot import plot_accuracy, plot_differences, plot_spent
from coderm.study.show import print_study, write_study
from coderm.study.study import StudyPlan, study
from launch import main


def cases_of(problems, tests=24):
    made = simulate(POLICY, WRITERS["coderm-8b"], problems, 20, tests, 5)
    return [
        Case(f"p/{i}", "q" * (i + 1), tuple(f"x = {i % 5}" for i in range(20)), one.passed, one.correct)
        for i, one in enumerate(made)
    ]


def showing(cases):
    """The same problems, the first two tests taken for visible examples; every third problem shows none."""
    return [replace(case, examples=case.passed[:, : 2 * (i % 3 > 0)]) for i, case in enumerate(cases)]


def write_matrix(folder, matrices, outcome="failed"):
    rows = [
        (task_id, i, j, "passed" if cell else outcome) for task_id, passed in matrices for (i, j), cell in np.ndenumerate(passed)
    ]
    columns = dict(zip(("task_id", "candidate", "test", "outcome"), map(list, zip(*rows, strict=True)), strict=True))
    table = pa.table(
        {
            name: pa.array(values).dictionary_encode() if name in ("task_id", "outcome") else values
            for name, values in columns.items()
        }
    )
    pq.write_table(table, folder / "matrix.parquet")
    return folder


def write_run(folder, cases, *, outcome="failed"):
    write_matrix(folder, [(case.task_id, case.passed) for case in cases], outcome)
    texts = {
        "problems.jsonl": [{"task_id": case.task_id, "question": case.question} for case in cases],
        "candidates.jsonl": [{"task_id": case.task_id, "solutions": list(case.programs)} for case in cases],
        "labels.jsonl": [{"task_id": case.task_id, "correct": case.correct.astype(int).tolist()} for case in cases],
    }
    for name, lines in texts.items():
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return StudyFiles(folder / "problems.jsonl", folder / "candidates.jsonl", folder / "labels.jsonl", folder)


def test_cases_are_read_back_from_a_run_directory(tmp_path):
    cases = cases_of(4)
    again = read_cases(write_run(tmp_path, cases))
    for given, read in zip(cases, again, strict=True):
        assert (given.task_id, given.programs, given.question) == (read.task_id, read.programs, read.question)
        assert (given.passed == read.passed).all()
        assert (given.correct == read.correct).all()


def test_a_problem_without_tests_keeps_its_candidates(tmp_path):
    cases = cases_of(3)
    files = write_run(tmp_path, cases)
    with (tmp_path / "problems.jsonl").open("a") as out:
        out.write(json.dumps({"task_id": "none", "question": "?"}) + "\n")
    for name, field, values in (("candidates", "solutions", ["x"]), ("labels", "correct", [1])):
        with (tmp_path / f"{name}.jsonl").open("a") as out:
            out.write(json.dumps({"task_id": "none", field: values}) + "\n")
    assert read_cases(files)[-1].passed.shape == (1, 0)


def test_files_that_contradict_each_other_are_refused(tmp_path):
    files = write_run(tmp_path, cases_of(2))
    (tmp_path / "labels.jsonl").write_text('{"task_id": "p/0", "correct": [1]}\n')
    with pytest.raises(DataError, match="1 labels for 20 candidates"):
        read_cases(files)
    (tmp_path / "labels.jsonl").write_text('{"task_id": "p/0", "correct": [2]}\n')
    with pytest.raises(DataError, match="0 or 1"):
        read_cases(files)
    (tmp_path / "labels.jsonl").write_text('{"task_id": "other", "correct": [1]}\n')
    with pytest.raises(DataError, match="task ids agree"):
        read_cases(files)
    (tmp_path / "matrix.parquet").write_text("no parquet")
    with pytest.raises(DataError, match=r"matrix\.parquet"):
        read_cases(files)


def test_accuracy_without_tests_is_pass_at_one_and_with_all_tests_the_rules():
    cases = cases_of(5)
    drawn = draw(Majority(), cases, 2, 0, 40)
    np.testing.assert_allclose(drawn.accuracy[:, :, 0].T, [[case.correct.mean() for case in cases]] * 2)
    assert (drawn.accuracy[:, :, 24] == drawn.accuracy[:, :, 40]).all()
    np.testing.assert_allclose(drawn.accuracy[:, 0, -1], drawn.accuracy[:, 1, -1])


def test_every_contestant_spends_the_same_budget_under_the_same_caps():
    cases = showing(cases_of(16))
    field = make_field(cases, draw(Majority(), cases, 2, 0, 24), 0)
    trained, scored = np.arange(8), np.arange(8, 16)
    for name, contestant in (CONTESTANTS | EXAMPLES).items():
        spend = contestant(field, trained, scored)
        for budget in (3, 40, 100, 10**6):
            units = spend(0, budget)
            assert units.sum() == min(budget, 8 * 24), name
            assert units.max() <= 24


def test_models_without_labels_do_not_see_the_labels_they_are_scored_on():
    cases = showing(cases_of(16))
    flipped = [replace(case, correct=~case.correct) if i >= 8 else case for i, case in enumerate(cases)]
    trained, scored = np.arange(8), np.arange(8, 16)
    for name in ("equal", "learned (texts)", "learned (votes of 2 tests)", *EXAMPLES):
        units = [
            (CONTESTANTS | EXAMPLES)[name](make_field(given, draw(Majority(), given, 2, 0, 24), 0), trained, scored)(1, 60).tolist()
            for given in (cases, flipped)
        ]
        assert units[0] == units[1], name


def test_visible_examples_add_rows_and_stand_for_the_pass_rate():
    cases = showing(cases_of(12))
    field = make_field(cases, draw(Majority(), cases, 2, 0, 24), 0)
    assert set(contest(field, (2,), 2, 0)) == set(CONTESTANTS) | set(EXAMPLES)
    shares = [case.examples.all(axis=1).mean() for case in cases if case.examples.size]
    assert field.shown()[1] == shares[0]
    assert field.shown()[0] == pytest.approx(np.mean(shares))
    none = [replace(case, examples=case.examples[:, :0]) for case in cases]
    assert set(contest(make_field(none, field.draws, 0), (2,), 2, 0)) == set(CONTESTANTS)


def test_visible_examples_are_read_from_a_matrix_of_their_own(tmp_path):
    cases = cases_of(3)
    files = write_run(tmp_path, cases)
    (tmp_path / "examples").mkdir()
    folder = write_matrix(tmp_path / "examples", [("p/0", cases[0].passed[:, :2]), ("p/2", cases[2].passed[:, 3:4])])
    first, second, third = read_cases(replace(files, examples=folder))
    assert (first.examples == cases[0].passed[:, :2]).all()
    assert second.examples.shape == (20, 0)
    assert (third.examples == cases[2].passed[:, 3:4]).all()
    assert not read_cases(files)[0].examples.size


def test_the_choice_is_made_among_those_that_pass_the_most_examples():
    passed = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 1]], bool)
    correct = np.array([False, False, True])
    case = Case("p", "q", ("a", "b", "c"), passed, correct, examples=np.array([[1, 0], [0, 0], [1, 1]], bool))
    assert [part.tolist() for part in case.contenders(examples=True)] == [[[False, True, True]], [True]]
    assert case.contenders(examples=False) == (passed, correct)
    assert replace(case, examples=None).contenders(examples=True) == (passed, correct)
    assert draw(Majority(), [case], 2, 0, 3, examples=True).accuracy.tolist() == [[[1.0] * 4] * 2]
    assert (draw(Majority(), [case], 2, 0, 3).accuracy[..., 3] == 0).all()


@pytest.mark.slow
def test_a_study_of_the_choice_among_examples_says_so_and_its_models_are_for_that_choice(tmp_path, capsys):
    cases = showing(cases_of(12))
    files, shown, out = write_run(tmp_path, cases), tmp_path / "shown", tmp_path / "out"
    arguments = ["study", "--problems", str(files.problems), "--matrix", str(tmp_path), "--rule", "coderm", "--out", str(out)]
    arguments += ["--splits", "2", "--draws", "2", "--among-examples"]
    assert main(arguments) == 2
    assert "give --examples" in capsys.readouterr().err
    shown.mkdir()
    write_matrix(shown, [(case.task_id, case.examples) for case in cases if case.examples.size])
    assert main([*arguments, "--examples", str(shown)]) == 0
    assert "among the candidates that pass the most visible examples" in capsys.readouterr().out
    assert "among the candidates that pass the most visible examples" in (out / "study.html").read_text("utf-8")
    load_model(out / "curve-coderm.json", "curve", "coderm + examples")
    with pytest.raises(DataError, match="not 'coderm'"):
        load_model(out / "curve-coderm.json", "curve", "coderm")


def test_a_probe_adds_rows_only_where_it_predicted_every_problem():
    cases = [replace(case, predicted=0.9 * case.correct.mean()) for case in cases_of(16)]
    drawn = draw(Majority(), cases, 2, 0, 24)
    assert set(contest(make_field(cases, drawn, 0), (2,), 2, 0)) == set(CONTESTANTS) | set(PROBED)
    unknown = [replace(cases[0], predicted=math.nan), *cases[1:]]
    assert set(contest(make_field(unknown, drawn, 0), (2,), 2, 0)) == set(CONTESTANTS)


@pytest.mark.parametrize(("row", "complaint"), [('{"task_id": "p/0", "lambda": 2}', ":1: `lambda`"), ("", "no prediction for")])
def test_predictions_that_are_no_rates_or_incomplete_are_named(tmp_path, row, complaint):
    files = write_run(tmp_path, cases_of(10))
    predicted = tmp_path / "predicted.jsonl"
    predicted.write_text(row or '{"task_id": "nobody", "lambda": 0.5}')
    with pytest.raises(DataError, match=complaint):
        read_cases(replace(files, predicted=predicted))


def test_the_own_curve_is_ahead_and_every_problem_is_scored():
    cases = cases_of(20)
    scores = contest(make_field(cases, draw(Majority(), cases, 3, 0, 24), 0), (2, 8), 8, 0)
    assert np.isfinite(scores["equal"].accuracy).all()
    assert scores["gold (own curve)"].accuracy.mean() > scores["equal"].accuracy.mean()
    np.testing.assert_allclose(scores["equal"].units.mean(axis=1), (2, 8))


@pytest.mark.slow
def test_a_study_is_printed_and_written(tmp_path):
    figures = study(cases_of(12), StudyPlan(rules=("robust",), splits=3, draws=2)).figures
    out = io.StringIO()
    print_study(figures, Console(file=out, width=150))
    write_study(figures, tmp_path / "new")
    assert "rule robust" in out.getvalue()
    entry = json.loads((tmp_path / "new" / "study.json").read_text())["rules"]["robust"]["models"]["equal"][0]
    assert entry["gain_over_equal"]["mean"] == 0


@pytest.mark.slow
def test_the_page_holds_every_rule_model_and_chart_asks_for_nothing_and_escapes_names(tmp_path):
    cases = [replace(case, task_id=f"<b>{case.task_id}&", predicted=0.5) for case in cases_of(12)]
    figures = study(cases, StudyPlan(rules=("robust", "coderm"), splits=2, draws=2)).figures
    write_study(figures, tmp_path)
    page = (tmp_path / "study.html").read_text("utf-8")
    assert "http" not in page
    assert "<b>" not in page
    assert page.count("&lt;b&gt;p/3&amp;") == 2
    assert page.count('src="data:image/png;base64,iVBOR') == 6
    for rule in ("robust", "coderm"):
        assert f'<h2 id="rule-{rule}">' in page
    for model in CONTESTANTS | PROBED:
        assert page.count(f"<td>{model}</td>") == 2, model


@pytest.mark.slow
def test_charts_are_png_of_any_number_of_models(tmp_path):
    figures = study(cases_of(12), StudyPlan(rules=("robust",), splits=2, draws=2)).figures
    rule = figures["rules"]["robust"]
    for names in (list(rule["models"])[:2], list(rule["models"])):
        models, spent = ({name: rule[part][name] for name in names} for part in ("models", "spent"))
        for png in (
            plot_accuracy("t", figures["budgets"], models),
            plot_differences("t", figures["budgets"], models),
            plot_spent("t", figures["budgets"], figures["pass_rates"], spent),
        ):
            assert png.startswith(b"\x89PNG")


@pytest.mark.slow
def test_where_the_budget_went_is_told_by_true_pass_rate():
    figures = study(cases_of(24), StudyPlan(rules=("robust",), splits=4, draws=2)).figures
    spent = figures["rules"]["robust"]["spent"]
    assert len(figures["pass_rates"]) == 5
    assert all(value in (None, pytest.approx(2)) for value in spent["equal"][1])
    hopeless, easy = spent["paper (gold lambda)"][1][0], spent["paper (gold lambda)"][1][2]
    assert easy > 2 > hopeless


@pytest.mark.slow
def test_the_command_writes_figures_a_chart_and_models_that_another_rule_refuses(tmp_path, capsys):
    files = write_run(tmp_path, cases_of(10))
    out = tmp_path / "out"
    arguments = ["study", "--problems", str(files.problems), "--matrix", str(tmp_path), "--rule", "coderm", "--out", str(out)]
    assert main([*arguments, "--splits", "2", "--draws", "2"]) == 0
    assert "rule coderm" in capsys.readouterr().out
    charts = {f"study-coderm-{chart}.png" for chart in ("accuracy", "difference", "spent")}
    models = {"curve-coderm.json", "learned-coderm.json"}
    assert {path.name for path in out.iterdir()} == {"study.json", "study.html"} | charts | models
    curve = load_model(out / "curve-coderm.json", "curve", "coderm")
    features = ProblemFeatures(("a", "b"), ("lambda",), np.array([[0.1], [0.9]]))
    assert allocate(curve.gains(features), 10).sum() == 10
    assert load_model(out / "learned-coderm.json", "learned", "coderm").reads == (SPENT, *sorted(SURVEY_FEATURES + VOTE_FEATURES))
    with pytest.raises(DataError, match="of the rule 'coderm'"):
        load_model(out / "curve-coderm.json", "curve", "robust")
    (out / "curve-coderm.json").write_text("{}")
    with pytest.raises(DataError, match="no gain model"):
        load_model(out / "curve-coderm.json", "curve", "coderm")


@pytest.mark.slow
def test_the_command_takes_visible_examples_that_were_run_before_and_does_without_any(tmp_path):
    cases = cases_of(10)
    files, out = write_run(tmp_path, cases), tmp_path / "out"
    arguments = ["study", "--problems", str(files.problems), "--matrix", str(tmp_path), "--rule", "coderm", "--out", str(out)]
    arguments += ["--splits", "2", "--draws", "2", "--examples", str(tmp_path / "shown")]
    assert main(arguments) == 0  # no question shows any, so none is run
    assert not set(EXAMPLES) & set(json.loads((out / "study.json").read_text())["rules"]["coderm"]["models"])
    (tmp_path / "shown").mkdir()
    write_matrix(tmp_path / "shown", [(case.task_id, case.passed[:, :2]) for case in cases])
    assert main(arguments) == 0
    assert set(EXAMPLES) < set(json.loads((out / "study.json").read_text())["rules"]["coderm"]["models"])


def test_a_simulation_is_run_from_the_command_line_and_refuses_unknown_writers(tmp_path, capsys):
    sizes = ["--problems", "12", "--candidates", "8", "--tests", "6"]
    assert main(["simulate", *sizes, "--out", str(tmp_path / "sim")]) == 0
    assert "curve (simulated probe)" in capsys.readouterr().out
    assert (tmp_path / "sim" / "simulation.json").is_file()
    assert main(["simulate", *sizes, "--writer", "nobody"]) == 2
    assert main(["simulate", "--problems", "1"]) == 2
    assert main(["simulate", *sizes, "--rule", "best"]) == 2


def test_without_a_matrix_or_tests_the_command_says_what_is_missing(tmp_path, capsys):
    files = write_run(tmp_path, cases_of(2))
    assert main(["study", "--problems", str(files.problems)]) == 2
    assert "--matrix" in capsys.readouterr().err


def test_a_study_that_cannot_be_carried_out_is_refused():
    with pytest.raises(DataError, match="at least 8"):
        study(cases_of(3), StudyPlan())
    with pytest.raises(ConfigError, match="choose rules"):
        study(cases_of(8), StudyPlan(rules=("best",)))
