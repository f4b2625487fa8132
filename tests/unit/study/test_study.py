import io
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from coderm.budget.allocation.greedy import allocate
from coderm.budget.features.survey import SURVEY_FEATURES
from coderm.budget.features.votes import VOTE_FEATURES
from coderm.budget.gain_models.base import SPENT, ProblemFeatures
from coderm.budget.gain_models.curve import Curve
from coderm.budget.gain_models.storage import load_model
from coderm.config.schema import SelectionConfig
from coderm.errors import ConfigError, DataError
from coderm.extract.samples import given_programs
from coderm.messages.problem import Problem
from coderm.selection.factory import make_rules
from coderm.selection.majority import Majority
from coderm.selection.observed import Observed
from coderm.study.cases import LabelledProblem, StudyPaths, read_study
from coderm.study.contest import compare_models
from coderm.study.data import make_data
from coderm.study.draws import draw
from coderm.study.models import EXAMPLE_MODELS, MODELS, PROBE_MODELS
from coderm.study.plot import plot_accuracy, plot_differences, plot_spent
from coderm.study.show import print_study, write_study
from coderm.study.simulation.published import POLICY, WRITERS
from coderm.study.simulation.world import simulate
from coderm.study.study import StudyPlan, study
from launch import main


def a_problem(task_id, question, programs, passed, correct, examples=None):
    """A problem all of whose candidates are usable and have verdicts."""
    candidates = given_programs(programs)
    size = len(programs)
    observed = Observed(Problem(task_id, question), candidates, examples)
    return LabelledProblem(observed, correct, np.arange(size), passed, np.zeros(size, bool))


def problems_of(count, tests=24):
    made = simulate(POLICY, WRITERS["coderm-8b"], count, 20, tests, 5)
    return [
        a_problem(f"p/{i}", "q" * (i + 1), [f"x = {i % 5}" for i in range(20)], one.passed, one.correct)
        for i, one in enumerate(made)
    ]


def with_examples(problem, examples):
    return replace(problem, observed=replace(problem.observed, examples=examples))


def showing(problems):
    """The same problems, the first two tests taken for visible examples; every third problem shows none."""
    return [with_examples(problem, problem.passed[:, : 2 * (i % 3 > 0)]) for i, problem in enumerate(problems)]


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
        "problems.jsonl": [{"task_id": case.task_id, "question": case.observed.problem.question} for case in cases],
        "candidates.jsonl": [{"task_id": case.task_id, "solutions": list(case.observed.programs)} for case in cases],
        "labels.jsonl": [{"task_id": case.task_id, "correct": case.correct.astype(int).tolist()} for case in cases],
    }
    for name, lines in texts.items():
        (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return StudyPaths(folder / "problems.jsonl", folder / "candidates.jsonl", folder / "labels.jsonl", folder)


def test_cases_are_read_back_from_a_run_directory(tmp_path):
    cases = problems_of(4)
    again = read_study(write_run(tmp_path, cases))
    for given, read in zip(cases, again, strict=True):
        assert (given.task_id, given.observed.programs) == (read.task_id, read.observed.programs)
        assert given.observed.problem.question == read.observed.problem.question
        assert (given.passed == read.passed).all()
        assert (given.correct == read.correct).all()


def test_a_problem_without_tests_keeps_its_candidates(tmp_path):
    cases = problems_of(3)
    files = write_run(tmp_path, cases)
    with (tmp_path / "problems.jsonl").open("a") as out:
        out.write(json.dumps({"task_id": "none", "question": "?"}) + "\n")
    for name, field, values in (("candidates", "solutions", ["x"]), ("labels", "correct", [1])):
        with (tmp_path / f"{name}.jsonl").open("a") as out:
            out.write(json.dumps({"task_id": "none", field: values}) + "\n")
    assert read_study(files)[-1].passed.shape == (1, 0)


def test_files_that_contradict_each_other_are_refused(tmp_path):
    files = write_run(tmp_path, problems_of(2))
    (tmp_path / "labels.jsonl").write_text('{"task_id": "p/0", "correct": [1]}\n')
    with pytest.raises(DataError, match="1 labels for 20 candidates"):
        read_study(files)
    (tmp_path / "labels.jsonl").write_text('{"task_id": "p/0", "correct": [2]}\n')
    with pytest.raises(DataError, match="0 or 1"):
        read_study(files)
    (tmp_path / "labels.jsonl").write_text('{"task_id": "other", "correct": [1]}\n')
    with pytest.raises(DataError, match="task ids agree"):
        read_study(files)
    (tmp_path / "matrix.parquet").write_text("no parquet")
    with pytest.raises(DataError, match=r"matrix\.parquet"):
        read_study(files)


def test_accuracy_without_tests_is_pass_at_one_and_with_all_tests_the_rules():
    cases = problems_of(5)
    drawn = draw(Majority(), cases, 2, 0, 40)
    np.testing.assert_allclose(drawn.accuracy[:, :, 0].T, [[case.correct.mean() for case in cases]] * 2)
    assert (drawn.accuracy[:, :, 24] == drawn.accuracy[:, :, 40]).all()
    np.testing.assert_allclose(drawn.accuracy[:, 0, -1], drawn.accuracy[:, 1, -1])


def test_every_model_spends_the_same_budget_under_the_same_caps():
    cases = showing(problems_of(16))
    data = make_data(cases, draw(Majority(), cases, 2, 0, 24), 0)
    trained, scored = np.arange(8), np.arange(8, 16)
    for name, row in (MODELS | EXAMPLE_MODELS).items():
        spend = row.spend(data, trained, scored)
        for budget in (3, 40, 100, 10**6):
            units = spend(0, budget)
            assert units.sum() == min(budget, 8 * 24), name
            assert units.max() <= 24


def test_models_without_labels_do_not_see_the_labels_they_are_scored_on():
    cases = showing(problems_of(16))
    flipped = [replace(case, correct=~case.correct) if i >= 8 else case for i, case in enumerate(cases)]
    trained, scored = np.arange(8), np.arange(8, 16)
    for name in ("equal", "learned (texts)", "learned (votes of 2 tests)", *EXAMPLE_MODELS):
        row = (MODELS | EXAMPLE_MODELS)[name]
        units = [
            row.spend(make_data(given, draw(Majority(), given, 2, 0, 24), 0), trained, scored)(1, 60).tolist()
            for given in (cases, flipped)
        ]
        assert units[0] == units[1], name


def test_visible_examples_add_rows_and_stand_for_the_pass_rate():
    cases = showing(problems_of(12))
    data = make_data(cases, draw(Majority(), cases, 2, 0, 24), 0)
    assert set(compare_models(data, (2,), 2, 0)) == set(MODELS) | set(EXAMPLE_MODELS)
    shares = [case.observed.examples.all(axis=1).mean() for case in cases if case.observed.examples.size]
    assert data.example_rates()[1] == shares[0]
    assert data.example_rates()[0] == pytest.approx(np.mean(shares))
    none = [with_examples(case, case.observed.examples[:, :0]) for case in cases]
    assert set(compare_models(make_data(none, data.draws, 0), (2,), 2, 0)) == set(MODELS)


def test_visible_examples_are_read_from_a_matrix_of_their_own(tmp_path):
    cases = problems_of(3)
    files = write_run(tmp_path, cases)
    (tmp_path / "examples").mkdir()
    folder = write_matrix(tmp_path / "examples", [("p/0", cases[0].passed[:, :2]), ("p/2", cases[2].passed[:, 3:4])])
    first, second, third = read_study(replace(files, examples=folder))
    assert (first.observed.examples == cases[0].passed[:, :2]).all()
    assert second.observed.examples.shape == (20, 0)
    assert (third.observed.examples == cases[2].passed[:, 3:4]).all()
    assert not read_study(files)[0].has_examples


@pytest.fixture(scope="module")
def figures():
    return study(problems_of(12), StudyPlan(rules=("robust",), splits=2, draws=2)).figures


def test_the_choice_is_made_among_those_that_pass_the_most_examples():
    passed = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 1]], bool)
    correct = np.array([False, False, True])
    case = a_problem("p", "q", ("a", "b", "c"), passed, correct, np.array([[1, 0], [0, 0], [1, 1]], bool))
    assert [part.tolist() for part in case.contenders(examples=True)] == [[[False, True, True]], [True]]
    for problem, examples in ((case, False), (with_examples(case, None), True)):
        assert [part.tolist() for part in problem.contenders(examples=examples)] == [passed.tolist(), correct.tolist()]
    assert draw(Majority(), [case], 2, 0, 3, examples=True).accuracy.tolist() == [[[1.0] * 4] * 2]
    assert (draw(Majority(), [case], 2, 0, 3).accuracy[..., 3] == 0).all()


@pytest.mark.slow
def test_a_study_of_the_choice_among_examples_says_so_and_its_models_are_for_that_choice(tmp_path, capsys):
    cases = showing(problems_of(12))
    files, shown, out = write_run(tmp_path, cases), tmp_path / "shown", tmp_path / "out"
    arguments = ["study", "--problems", str(files.problems), "--matrix", str(tmp_path), "--rule", "coderm", "--out", str(out)]
    arguments += ["--splits", "2", "--draws", "2", "--among-examples"]
    assert main(arguments) == 2
    assert "give --examples" in capsys.readouterr().err
    shown.mkdir()
    write_matrix(shown, [(case.task_id, case.observed.examples) for case in cases if case.observed.examples.size])
    assert main([*arguments, "--examples", str(shown)]) == 0
    assert "among the candidates that pass the most visible examples" in capsys.readouterr().out
    assert "among the candidates that pass the most visible examples" in (out / "study.html").read_text("utf-8")
    load_model(out / "curve-examples-coderm.json", "curve", "coderm + examples", "examples")
    with pytest.raises(DataError, match="not 'coderm'"):
        load_model(out / "curve-examples-coderm.json", "curve", "coderm", "examples")


def test_a_probe_adds_rows_only_where_it_predicted_every_problem():
    cases = [replace(case, predicted=0.9 * case.correct.mean()) for case in problems_of(16)]
    drawn = draw(Majority(), cases, 2, 0, 24)
    assert set(compare_models(make_data(cases, drawn, 0), (2,), 2, 0)) == set(MODELS) | set(PROBE_MODELS)
    unknown = [replace(cases[0], predicted=math.nan), *cases[1:]]
    assert set(compare_models(make_data(unknown, drawn, 0), (2,), 2, 0)) == set(MODELS)


@pytest.mark.parametrize(("row", "complaint"), [('{"task_id": "p/0", "lambda": 2}', ":1: `lambda`"), ("", "no prediction for")])
def test_predictions_that_are_no_rates_or_incomplete_are_named(tmp_path, row, complaint):
    files = write_run(tmp_path, problems_of(10))
    predicted = tmp_path / "predicted.jsonl"
    predicted.write_text(row or '{"task_id": "nobody", "lambda": 0.5}')
    with pytest.raises(DataError, match=complaint):
        read_study(replace(files, predicted=predicted))


def test_the_own_curve_is_ahead_and_every_problem_is_scored():
    cases = problems_of(20)
    scores = compare_models(make_data(cases, draw(Majority(), cases, 3, 0, 24), 0), (2, 8), 8, 0)
    assert np.isfinite(scores["equal"].accuracy).all()
    assert scores["gold (own curve)"].accuracy.mean() > scores["equal"].accuracy.mean()
    np.testing.assert_allclose(scores["equal"].units.mean(axis=1), (2, 8))


@pytest.mark.slow
def test_a_study_is_printed_and_written(figures, tmp_path):
    out = io.StringIO()
    print_study(figures, Console(file=out, width=150))
    write_study(figures, tmp_path / "new")
    assert "rule robust" in out.getvalue()
    entry = json.loads((tmp_path / "new" / "study.json").read_text())["rules"]["robust"]["models"]["equal"][0]
    assert entry["gain_over_equal"]["mean"] == 0


@pytest.mark.slow
def test_the_page_holds_every_rule_model_and_chart_asks_for_nothing_and_escapes_names(tmp_path):
    cases = [
        replace(case, observed=replace(case.observed, problem=Problem(f"<b>{case.task_id}&", "q")), predicted=0.5)
        for case in problems_of(12)
    ]
    figures = study(cases, StudyPlan(rules=("robust", "coderm"), splits=2, draws=2)).figures
    write_study(figures, tmp_path)
    page = (tmp_path / "study.html").read_text("utf-8")
    assert "http" not in page
    assert "<b>" not in page
    assert page.count("&lt;b&gt;p/3&amp;") == 2
    assert page.count('src="data:image/png;base64,iVBOR') == 6
    for rule in ("robust", "coderm"):
        assert f'<h2 id="rule-{rule}">' in page
    for model in MODELS | PROBE_MODELS:
        assert page.count(f"<td>{model}</td>") == 2, model


@pytest.mark.slow
def test_charts_are_png_of_any_number_of_models(figures):
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
    figures = study(problems_of(24), StudyPlan(rules=("robust",), splits=4, draws=2)).figures
    spent = figures["rules"]["robust"]["spent"]
    assert len(figures["pass_rates"]) == 5
    assert all(value in (None, pytest.approx(2)) for value in spent["equal"][1])
    hopeless, easy = spent["paper (gold lambda)"][1][0], spent["paper (gold lambda)"][1][2]
    assert easy > 2 > hopeless


@pytest.mark.slow
def test_the_command_writes_figures_charts_and_models_that_another_rule_refuses(tmp_path, capsys):
    files = write_run(tmp_path, problems_of(10))
    out = tmp_path / "out"
    arguments = ["study", "--problems", str(files.problems), "--matrix", str(tmp_path), "--rule", "coderm", "--out", str(out)]
    arguments += ["--splits", "2", "--draws", "2"]
    charts = {f"study-coderm-{chart}.png" for chart in ("accuracy", "difference", "spent")}
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "rule coderm" in said
    assert "give --examples or --predicted" in said  # no row of a curve could be used by a run
    assert {path.name for path in out.iterdir()} == {"study.json", "study.html", "learned-coderm.json"} | charts
    predicted = tmp_path / "predicted.jsonl"
    predicted.write_text("".join(json.dumps({"task_id": f"p/{i}", "lambda": i / 10}) + "\n" for i in range(10)))
    assert main([*arguments, "--predicted", str(predicted)]) == 0
    assert "give --examples" not in capsys.readouterr().out
    curve = load_model(out / "curve-probe-coderm.json", "curve", "coderm", "probe")
    features = ProblemFeatures(("a", "b"), ("lambda",), np.array([[0.1], [0.9]]))
    assert allocate(curve.gains(features), 10).sum() == 10
    learned = load_model(out / "learned-coderm.json", "learned", "coderm", "probe")
    assert learned.reads == (SPENT, *sorted(SURVEY_FEATURES + VOTE_FEATURES))
    assert "lambda" in load_model(out / "learned-probe-coderm.json", "learned", "coderm", "probe").reads
    with pytest.raises(DataError, match="of the rule 'coderm'"):
        load_model(out / "curve-probe-coderm.json", "curve", "robust", "probe")
    (out / "curve-probe-coderm.json").write_text("{}")
    with pytest.raises(DataError, match="no gain model"):
        load_model(out / "curve-probe-coderm.json", "curve", "coderm", "probe")


@pytest.mark.slow
def test_a_curve_is_written_as_the_row_that_recommends_it_was_measured():
    cases = [replace(case, predicted=0.3 + 0.4 * case.rate) for case in showing(problems_of(16))]
    found = study(cases, StudyPlan(rules=("robust",), splits=2, draws=2))
    data = make_data(cases, draw(make_rules(SelectionConfig())["robust"], cases, 2, 0, 64), 0)
    every = np.arange(16)
    written = {model.file: model for model in found.models["robust"]}
    assert set(written) == {"learned", "learned-probe", "curve-examples", "curve-probe"}
    for file, rates in (("curve-examples", data.example_rates()), ("curve-probe", data.predicted)):
        assert (written[file].model.rows == Curve.fit(rates, data.curves()).rows).all()
        assert (written[file].model.rows != Curve.fit(data.rates, data.curves()).rows).any()
    for model in written.values():
        (row, *_) = model.rows
        measured: Any = (MODELS | EXAMPLE_MODELS | PROBE_MODELS)[row]
        fit = measured.fit(data, every)
        own = model.model if model.file.startswith("curve") else model.model.stages[0]
        features = data.features(every, fit.reads, measured.values(data))
        assert (fit.gains(features).rows == own.gains(features).rows).all(), model.file
    assert found.figures["rules"]["robust"]["files"]["curve-probe-robust.json"] == ["curve (probe)"]


@pytest.mark.slow
def test_the_command_takes_visible_examples_that_were_run_before_and_does_without_any(tmp_path):
    cases = problems_of(10)
    files, out = write_run(tmp_path, cases), tmp_path / "out"
    arguments = ["study", "--problems", str(files.problems), "--matrix", str(tmp_path), "--rule", "coderm", "--out", str(out)]
    arguments += ["--splits", "2", "--draws", "2", "--examples", str(tmp_path / "shown")]
    assert main(arguments) == 0  # no question shows any, so none is run
    assert not set(EXAMPLE_MODELS) & set(json.loads((out / "study.json").read_text())["rules"]["coderm"]["models"])
    (tmp_path / "shown").mkdir()
    write_matrix(tmp_path / "shown", [(case.task_id, case.passed[:, :2]) for case in cases])
    assert main(arguments) == 0
    assert set(EXAMPLE_MODELS) < set(json.loads((out / "study.json").read_text())["rules"]["coderm"]["models"])


def test_a_simulation_is_run_from_the_command_line_and_refuses_unknown_writers(tmp_path, capsys):
    sizes = ["--problems", "12", "--candidates", "8", "--tests", "6"]
    assert main(["simulate", *sizes, "--out", str(tmp_path / "sim")]) == 0
    assert "curve (simulated probe)" in capsys.readouterr().out
    assert (tmp_path / "sim" / "simulation.json").is_file()
    assert main(["simulate", *sizes, "--writer", "nobody"]) == 2
    assert main(["simulate", "--problems", "1"]) == 2
    assert main(["simulate", *sizes, "--rule", "best"]) == 2


def test_without_a_matrix_or_tests_the_command_says_what_is_missing(tmp_path, capsys):
    files = write_run(tmp_path, problems_of(2))
    assert main(["study", "--problems", str(files.problems)]) == 2
    assert "--matrix" in capsys.readouterr().err


def test_a_study_that_cannot_be_carried_out_is_refused():
    with pytest.raises(DataError, match="at least 8"):
        study(problems_of(3), StudyPlan())
    with pytest.raises(ConfigError, match="choose rules"):
        study(problems_of(8), StudyPlan(rules=("best",)))
