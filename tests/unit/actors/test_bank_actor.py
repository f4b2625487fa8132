"""The bank of a service: registers, tells, and lets what groups show decide what is written and what goes."""

import asyncio
import contextlib
import inspect

import pytest
from builders import World, a_config
from holdings import verdicts
from press import Press, in_loop

from actors.bank import BankActor
from actors.pool import Pool
from coderm.bank.records import ScoredGroup
from coderm.client.contract import CaseSuite, CaseText, ProblemText, UnitTestSuite
from coderm.config.bank import BankConfig
from coderm.errors import DataError, StorageError
from coderm.extract.samples import read_samples
from coderm.messages.cases import Case, Comparison
from coderm.messages.events import Sampled
from coderm.messages.generation import Completion
from coderm.messages.scoring import Cases, UnitTests

GIVEN = UnitTestSuite(tests=("assert f(1) == 1", "def test_two():\n    assert f(2) == 2\n"))


@contextlib.asynccontextmanager
async def a_bank(directory, crew=None, roles=("policy", "coderm"), **settings):
    crew = crew or Press()
    config = BankConfig(directory=str(directory), retry_pause_s=0.001, retry_pause_most_s=0.002, **settings)
    pools = lambda name: Pool(name, crew.spawn, 1, 8)  # noqa: E731
    actor = BankActor(a_config(policy={"samples": 4}), config, dict.fromkeys(roles, "main"), pools, "run 1")
    await actor.setup()
    try:
        yield actor
    finally:
        await actor.close()


async def ready(actor, problem_id="p"):
    while actor.describe(problem_id).state != "ready":
        await asyncio.sleep(0.001)
    return actor.describe(problem_id)


def group(actor, *rows, problem_id="p", **fields):
    return ScoredGroup(problem_id, actor.suite_of(problem_id).version, verdicts(*rows), **fields)


@in_loop
async def test_unit_tests_of_the_owner_become_cases_and_are_ready_at_once(tmp_path):
    async with a_bank(tmp_path, roles=()) as actor:
        answer = actor.register(ProblemText(id="p", question="q", entry_point="f", suite=GIVEN, cpu_s=2.5, prelude="import math"))
        assert (answer.suite, answer.tests, answer.state, answer.wanted) == ("given", 2, "ready", 0)
        suite = actor.suite_of("p")
        assert all("unittest.TestCase" in test for test in suite.suite.tests)
        assert (suite.problem.judge_cpu_s, suite.problem.prelude) == (2.5, "import math")
        assert (
            actor.register(ProblemText(id="p", question="q", entry_point="f", suite=GIVEN, cpu_s=2.5, prelude="import math"))
            == answer
        )
        assert actor.suite_of("p") == suite


class CaseWriter(World):
    """A world whose test writer puts two cases into each answer."""

    def answer(self, command):
        if command.role == "policy":
            return super().answer(command)
        block = "<case>\n<input>\n{0}\n</input>\n<output>\n{1}\n</output>\n</case>\n"
        numbers = range(command.request.offset, command.request.offset + command.request.n)
        texts = [
            Completion(block.format(number, 2 * number) + block.format(number + 50, 2 * number + 100), 10) for number in numbers
        ]
        return Sampled(command.command_id, read_samples(command, texts))


@in_loop
async def test_cases_are_written_for_a_problem_of_standard_input_several_an_answer(tmp_path):
    compared = CaseSuite(cases=(), compare="decimal", nonzero_exit="allowed")
    async with a_bank(tmp_path, Press(CaseWriter()), start=4) as actor:
        asked = ProblemText(id="p", question="Double x.", kind="stdin", suite=compared)
        assert actor.register(asked).state in ("waiting", "writing")
        answer = await ready(actor)
        assert (answer.suite, answer.tests) == ("bank", 4)
        suite = actor.suite_of("p").suite
        assert suite.cases == tuple(Case(f"{number}\n", f"{2 * number}\n") for number in (0, 50, 1, 51))
        assert (suite.comparison, suite.nonzero_exit) == (Comparison("decimal"), "allowed")
        assert [kept.provenance.offset for kept in actor.tests_of("p")] == [0, 0, 1, 1]
        assert actor.register(asked) == answer
    async with a_bank(tmp_path, Press(CaseWriter()), start=4) as actor:
        assert actor.suite_of("p").suite == suite
        assert actor.describe("p") == answer


@in_loop
async def test_cases_of_the_owner_are_kept_as_they_are(tmp_path):
    async with a_bank(tmp_path, roles=()) as actor:
        case = CaseText(input="1\n", output="2\n")
        actor.register(ProblemText(id="p", suite=CaseSuite(cases=(case,), compare="allclose", rtol=0.5, nonzero_exit="allowed")))
        assert actor.suite_of("p").suite == Cases((Case("1\n", "2\n"),), Comparison("allclose", 0.5), "allowed")


@in_loop
async def test_a_test_that_needs_what_no_sandbox_has_is_refused_by_number(tmp_path):
    async with a_bank(tmp_path, roles=()) as actor:
        suite = UnitTestSuite(tests=("assert f(1) == 1", "def test_a(monkeypatch):\n    assert f(2) == 2\n"))
        with pytest.raises(DataError, match=r"p: test 1 needs what no sandbox has: .*; write it with unittest"):
            actor.register(ProblemText(id="p", entry_point="f", suite=suite))
        assert actor.describe("p") is None


@in_loop
async def test_a_registered_problem_gets_its_first_tests_ahead_of_any_group(tmp_path):
    async with a_bank(tmp_path, start=5) as actor:
        answer = actor.register(ProblemText(id="p", question="q", entry_point="f"))
        assert (answer.suite, answer.tests, answer.wanted, answer.state) == ("bank", 0, 5, "waiting")
        answer = await ready(actor)
        assert (answer.tests, answer.wanted, actor.figures().spent) == (5, 5, 5)
        assert actor.suite_of("p").suite == UnitTests(tuple(f"test {number}" for number in range(5)))


@in_loop
async def test_groups_without_a_signal_have_more_tests_written(tmp_path):
    async with a_bank(tmp_path, start=2, least_gain=0.0, step_share=1.0) as actor:
        actor.register(ProblemText(id="p", question="q"))
        await ready(actor)
        assert actor.observe([group(actor, "pp", "pp", key="step 1")]) == 1
        wanted = actor.describe("p").wanted
        assert wanted > 2
        assert actor.observe([group(actor, "pp", "pp", key="step 1")]) == 0
        assert actor.describe("p").wanted == wanted
        assert (await ready(actor)).tests == wanted


@in_loop
async def test_groups_with_a_signal_have_none_written(tmp_path):
    async with a_bank(tmp_path, start=2, least_gain=0.0, step_share=1.0) as actor:
        actor.register(ProblemText(id="p", question="q"))
        await ready(actor)
        actor.observe([group(actor, "pp", "pp", "pp", "pf")])
        assert actor.describe("p").wanted == 2


@in_loop
async def test_a_test_that_turns_out_unsteady_is_retired_and_the_old_suite_stays(tmp_path):
    async with a_bank(tmp_path, start=2, unsteady_programs=1) as actor:
        actor.register(ProblemText(id="p", question="q"))
        await ready(actor)
        old = actor.suite_of("p")
        actor.observe([group(actor, "pp", "pf", "fp", programs=("a", "a", "b"))])
        assert (actor.describe("p").tests, actor.describe("p").retired) == (1, 1)
        assert [item.reason for item in actor.tests_of("p")] == ["", "unsteady"]
        assert actor.suite(("p", old.version)) == old


@in_loop
async def test_the_budget_of_a_training_holds_over_starts_of_the_service(tmp_path):
    for name in ("p", "q", "r"):
        async with a_bank(tmp_path, start=4, total=10) as actor:
            actor.register(ProblemText(id=name, question="q"))
            await ready(actor, name)
    async with a_bank(tmp_path, start=4, total=10) as actor:
        answer = actor.register(ProblemText(id="s", question="q"))
        assert (answer.state, answer.wanted) == ("failed", 0)
        assert "none are left in the budget; raise bank.total" in answer.message
        assert [actor.describe(name).wanted for name in "pqr"] == [4, 4, 2]
        assert actor.figures().spent == 10


@in_loop
async def test_without_a_writer_a_problem_without_tests_says_what_to_do(tmp_path):
    async with a_bank(tmp_path, roles=()) as actor:
        answer = actor.register(ProblemText(id="p", question="q"))
        assert (answer.suite, answer.state) == ("none", "failed")
        assert "name an engine for coderm" in answer.message


@in_loop
async def test_a_forgotten_problem_is_unknown_and_groups_of_it_buy_nothing(tmp_path):
    async with a_bank(tmp_path, start=2) as actor:
        actor.register(ProblemText(id="p", question="q"))
        await ready(actor)
        late = group(actor, "pp", "pp")
        assert actor.forget("p")
        assert (actor.describe("p"), actor.suite_of("p"), actor.forget("p")) == (None, None, False)
        assert actor.observe([late]) == 1
        assert actor.figures().spent == 2


@in_loop
async def test_a_prediction_outside_of_zero_to_one_is_refused(tmp_path):
    async with a_bank(tmp_path) as actor:
        with pytest.raises(DataError, match=r"p: a pass rate lies in \[0, 1\]"):
            actor.register(ProblemText(id="p", question="q"), 1.5)


@in_loop
async def test_two_services_on_one_bank_the_second_is_refused_in_one_line(tmp_path):
    async with a_bank(tmp_path):
        with pytest.raises(StorageError, match=r"another server is using this directory \(process \d+ on .*\); send requests to"):
            async with a_bank(tmp_path):
                pass


def test_nothing_that_a_request_calls_can_be_cut_in_the_middle():
    """Only setup and close, which no request calls, ever give way to others."""
    methods = inspect.getmembers(BankActor, inspect.isfunction)
    assert {name for name, method in methods if inspect.iscoroutinefunction(method)} == {"setup", "close"}


@in_loop
async def test_a_bank_whose_engine_is_down_says_so_and_serves_what_it_has(tmp_path):
    async with a_bank(tmp_path, start=2) as actor:
        actor.register(ProblemText(id="p", question="q"))
        await ready(actor)
    crew = Press(World(), starts=[DataError("no model")] * 10**6)
    async with a_bank(tmp_path, crew=crew, start=2) as actor:
        actor.register(ProblemText(id="q", question="q"))
        while "no model; tried again" not in actor.describe("q").message:
            await asyncio.sleep(0.001)
        assert actor.describe("q").state == "failed"
        assert len(actor.suite_of("p").suite) == 2
        assert (await ready(actor)).tests == 2
