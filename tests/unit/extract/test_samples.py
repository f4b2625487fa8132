"""Texts become samples: model output through extraction, the user's own as it is."""

from coderm.extract.samples import given_programs, given_tests, read_samples
from coderm.messages.events import Generate
from coderm.messages.generation import Completion, GenerationRequest, Sampling
from coderm.messages.problem import Problem

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
