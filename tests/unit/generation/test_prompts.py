import pytest

from coderm.config.schema import PromptConfig
from coderm.errors import ConfigError
from coderm.extract import extract_cases
from coderm.generation.prompts import check_template, fill, pick_candidate, render_solution, render_unit_test
from coderm.messages.cases import Case
from coderm.messages.problem import ChatMessage, Problem
from coderm.messages.scoring import Cases

PROBLEM = Problem("t", "Add {one} to x.", "f", 'def f(x):\n    """Add {one} to x."""\n')
PROGRAMS = (("a", 1), ("b", 3), ("c", 3))


def user(messages: tuple[ChatMessage, ...]) -> str:
    return messages[-1].content


def test_the_test_writers_prompt_has_its_sections_in_order():
    text = user(render_unit_test(PROBLEM, "def f(x):\n    return {}\n", PromptConfig()))
    parts = ["unittest", "### question\nAdd {one} to x.", "### code solution\ndef f(x):\n    return {}", "Comment", "exceptions"]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_a_problems_own_messages_replace_the_template():
    own = (ChatMessage("system", "s"), ChatMessage("user", "u"))
    problem = Problem("t", "q", messages=own)
    assert render_unit_test(problem, "code", PromptConfig(template="{question} {code}", system="other")) == own


def test_the_solution_prompt_holds_the_stub_in_a_python_fence():
    assert '```python\ndef f(x):\n    """Add {one} to x."""\n```' in user(render_solution(PROBLEM, PromptConfig()))


def test_a_question_that_the_stub_repeats_is_asked_once():
    assert user(render_solution(PROBLEM, PromptConfig())).count("Add {one} to x.") == 1


def test_a_question_that_the_stub_lacks_stands_before_it():
    text = user(render_solution(Problem("t", "Add one.", "f", "def f(x):\n"), PromptConfig()))
    assert text.index("Add one.") < text.index("```python")


def test_without_a_stub_the_entry_point_is_named():
    text = user(render_solution(Problem("t", "Add one.", "f"), PromptConfig()))
    assert "Add one." in text
    assert "`f`" in text


def test_a_system_message_comes_first_and_only_when_given():
    assert [message.role for message in render_solution(PROBLEM, PromptConfig())] == ["user"]
    assert render_solution(PROBLEM, PromptConfig(system="Be brief."))[0] == ChatMessage("system", "Be brief.")


def test_a_template_of_ones_own_is_filled():
    template = "{entry_point}|{prompt}|{question}|{code}"
    assert user(render_unit_test(Problem("t", "q", "f", "p"), "c", PromptConfig(template=template))) == "f|p|q|c"


def test_placeholders_inside_values_are_left_alone():
    assert fill("{code}", {"code": "{question}"}) == "{question}"


@pytest.mark.parametrize("text", ["{}", '{"a": 1}', "{ code }", "f'{x:d}'", "{{", "}"])
def test_other_braces_are_literal(text):
    assert fill(text, {}) == text


def test_doubled_braces_give_a_literal_placeholder():
    assert fill("{{code}}", {}) == "{code}"


@pytest.mark.parametrize(
    ("template", "role", "named"),
    [
        ("{question} {code} {answer}", "coderm", "{answer}"),
        ("{question}", "coderm", "{code}"),
        ("{code}", "coderm", "{question}"),
        ("{question} {code}", "policy", "{code}"),
        ("solve it", "policy", "{question}"),
        ("{{question}}", "policy", "{question}"),
    ],
)
def test_a_template_that_cannot_work_is_refused_by_name(template, role, named):
    with pytest.raises(ConfigError) as refused:
        check_template(template, role)
    assert named in refused.value.message
    assert f"{role}.prompt.template" in refused.value.message


def test_first_always_shows_the_first_candidate():
    assert [pick_candidate("first", PROGRAMS, batch) for batch in range(3)] == ["a", "a", "a"]


def test_most_common_breaks_ties_by_sampling_order():
    assert pick_candidate("most_common", PROGRAMS, 5) == "b"


def test_rotate_shows_another_candidate_for_every_request():
    assert [pick_candidate("rotate", PROGRAMS, batch) for batch in range(4)] == ["a", "b", "c", "a"]


def test_a_problem_of_standard_input_asks_for_a_script_and_for_a_case_that_is_read_back():
    problem = Problem("sum", "Add the numbers.", cases=Cases((Case("1 2\n", "3\n"),)))
    [asked] = render_solution(problem, PromptConfig())
    assert "reads standard input" in asked.content
    [wanted] = render_unit_test(problem, "print(3)", PromptConfig())
    assert "print(3)" in wanted.content
    form = wanted.content[wanted.content.index("<case>") :]
    assert extract_cases(form, problem).cases == (Case("the input\n", "the output\n"),)
