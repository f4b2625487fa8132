"""The SandboxFusion SDK and verl's client read our /run_code."""

import asyncio

import pytest
from judged import ScriptedProcesses
from listening import served

pytest.importorskip("sandbox_fusion", reason="make contracts installs it")

from sandbox_fusion import RunCodeRequest, SummaryMapping, run_code, run_code_async, summary_run_code_result

from coderm.integrations.sandbox_fusion import SandboxBusy, run_code_router

MAPPING = SummaryMapping(Success="right", Failed="wrong", RunFailed="wrong", RunTimeout="late")


def outcomes(endpoint):
    asked = {"right": {"stdin": "1"}, "wrong": {"code": "import sys; sys.exit(3)"}, "late": {"code": "while True: pass"}}
    for wanted, fields in asked.items():
        request = RunCodeRequest(**{"code": "print(int(input()) + 1)", "language": "python", **fields})
        answer = run_code(request, endpoint, max_attempts=1)
        yield wanted, summary_run_code_result(answer, MAPPING), answer


def test_the_sdk_reads_every_outcome():
    with served(run_code_router(ScriptedProcesses())) as endpoint:
        found = list(outcomes(endpoint))
        request = RunCodeRequest(code="print(int(input()) + 1)", language="python", stdin="4")
        answer = asyncio.run(run_code_async(request, endpoint, max_attempts=1))
    assert [wanted for wanted, _, _ in found] == [got for _, got, _ in found]
    assert (answer.run_result.stdout, answer.message) == ("5\n", "")


def test_a_language_that_is_not_offered_is_a_failure_with_a_message_and_not_repeated():
    with served(run_code_router(ScriptedProcesses())) as endpoint:
        answer = run_code(RunCodeRequest(code="x", language="cpp"), endpoint, max_attempts=1)
    assert summary_run_code_result(answer, MAPPING) == "wrong"
    assert "cpp" in answer.message


def test_verl_s_client_repeats_an_overloaded_sandbox():
    utils = pytest.importorskip("verl.utils.reward_score.sandbox_fusion.utils", reason="make contracts installs it")
    processes = ScriptedProcesses([SandboxBusy("full")] * 3)
    with served(run_code_router(processes)) as endpoint:
        answer, error = utils.call_sandbox_api(f"{endpoint}/run_code", "print(int(input()) + 1)", "1", 10, 10, 1024, "python")
    assert (answer["run_result"]["stdout"], error, processes.failures) == ("2\n", None, [])
