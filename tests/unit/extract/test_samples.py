"""Texts become samples: model output through extraction, the user's own as it is."""

from dataclasses import replace

from coderm.extract.samples import given_programs, given_tests, read_samples
from coderm.messages.case_texts import case_of
from coderm.messages.cases import Case
from coderm.messages.events import Generate
from coderm.messages.generation import Completion, GenerationRequest, Sampling
from coderm.messages.problem import Problem
from coderm.messages.scoring import Cases

PROBLEM = Problem("p/0", "Double x.", "double", prompt="def double(x):\n")
PROGRAM = "```python\ndef double(x):\n    return 2 * x\n```"
UNIT_TEST = (
    "```python\nimport unittest\nclass TestDouble(unittest.TestCase):\n    def test_two(self):\n"
    "        self.assertEqual(double(2), 4)\n```"
)


def a_command(role):
    return Generate("c", GenerationRequest("c", "p/0", role, (), 3, 0, Sampling()), PROBLEM)


def test_a_rejected_completion_keeps_its_place_its_tokens_and_a_reason():
    texts = (Completion(PROGRAM, 9, "stop", -0.25), Completion("I cannot.", 3), Completion(PROGRAM, 9, "length"))
    good, bad, cut = read_samples(a_command("policy"), texts)
    assert "return 2 * x" in good.code
    assert (good.raw, good.tokens, good.finish, good.mean_logprob, good.rejected) == (PROGRAM, 9, "stop", -0.25, "")
    assert (bad.code, bad.key, bad.tokens) == ("", "", 3)
    assert bad.rejected == "no_code"
    assert cut.finish == "length"
    assert cut.key == good.key


def test_the_test_writer_s_texts_are_read_as_unit_tests():
    test, program = read_samples(a_command("coderm"), (Completion(UNIT_TEST), Completion(PROGRAM)))
    assert "assertEqual(double(2), 4)" in test.code
    assert program.rejected


def test_a_blank_program_is_rejected_in_its_place():
    first, blank, last = given_programs(["a = 1", " \n", "b = 2"])
    assert (blank.code, blank.rejected) == ("", "empty")
    assert not first.rejected
    assert not last.rejected


def test_given_programs_are_taken_verbatim_whatever_they_are():
    texts = ["def double(x): return 2*x", "def double(x):\n    # twice\n    return 2 * x", "broken("]
    programs = given_programs(texts)
    assert [sample.code for sample in programs] == texts
    assert not any(sample.rejected for sample in programs)
    assert programs[0].key == programs[1].key
    assert len({sample.key for sample in programs}) == 2


def test_given_tests_keep_their_places_and_become_cases_where_they_test_something():
    texts = ["assert double(2) == 4", "broken(", "", UNIT_TEST.strip("`").removeprefix("python\n")]
    found = given_tests(texts, PROBLEM)
    assert [sample.raw for sample in found] == texts
    assert "TestCase" in found[0].code
    assert [sample.code for sample in found[1:]] == texts[1:]
    assert not any(sample.rejected for sample in found)


STDIN = Problem("p/1", "Double x.", cases=Cases((Case("1\n", "2\n"),)))
SCRIPT = "```python\nif __name__ == '__main__':\n    print(2 * int(input()))\n```"
CASE = "<case>\n<input>\n4\n</input>\n<output>\n8\n</output>\n</case>"


def test_answers_to_a_problem_of_standard_input_are_scripts_and_cases():
    script, function = read_samples(replace(a_command("policy"), problem=STDIN), (Completion(SCRIPT), Completion("No.")))
    assert script.code.strip() == SCRIPT.removeprefix("```python\n").removesuffix("\n```")
    assert function.rejected == "no_code"
    test, cut = read_samples(replace(a_command("coderm"), problem=STDIN), (Completion(CASE), Completion(CASE[:30])))
    assert case_of(test.code) == Case("4\n", "8\n")
    assert cut.rejected == "truncated"


def test_an_answer_may_hold_several_cases_and_its_tokens_count_once():
    second = CASE.replace("4", "5").replace("8", "10")
    (answer,) = read_samples(replace(a_command("coderm"), problem=STDIN), (Completion(f"{CASE}\n{second}\n{CASE}", 40),))
    parts = list(answer.parts())
    assert [case_of(part.code) for part in parts] == [Case("4\n", "8\n"), Case("5\n", "10\n")]
    assert [(bool(part.raw), part.tokens) for part in parts] == [(True, 40), (False, 0)]
    assert len({part.key for part in parts}) == 2
    assert parts[0].key == read_samples(replace(a_command("coderm"), problem=STDIN), (Completion(CASE),))[0].key


def test_given_cases_with_one_meaning_have_one_key():
    first, second = given_tests(['{"input": "1", "output": "2"}', '{"output":"2","input":"1"}'], STDIN)
    assert first.key == second.key
    assert case_of(first.code) == Case("1", "2")
