"""The reward service on Ray Serve: what hangs up, dies, drains or comes twice costs nobody a reward."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from cli import PATIENCE_S, ROOT, run, wait_for
from serving import RIGHT, SLOW, SUITE, TOKEN, WRONG, Service, body, hang_up, rewards, service

TITLE = "ray::ServeReplica"
RUN_CODE = ("--set", "service.run_code=1")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(tmp_path_factory.mktemp("service"), *RUN_CODE) as it:
        yield it


def test_programs_are_rewarded_whole_and_as_a_stream(running: Service) -> None:
    assert rewards(running.score(RIGHT, WRONG)) == [(1.0, "scored"), (0.0, "scored")]
    lines = running.score(RIGHT, WRONG, stream=True).text.splitlines()
    assert lines[-1] == '{"end":true,"results":2}'


def test_the_token_is_asked_for_although_serve_itself_asks_for_none(running: Service) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = httpx.post(f"{running.url}/v1/score", json=body(RIGHT), headers=headers, trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
    assert httpx.get(f"{running.url}/health", trust_env=False).status_code == 200


def test_programs_run_as_in_sandbox_fusion_with_the_token_in_the_url(running: Service) -> None:
    asked = {"code": "print(int(input()) + 1)", "language": "python", "stdin": "1"}
    with_token = running.url.replace("http://", f"http://user:{TOKEN}@")
    answer = httpx.post(f"{with_token}/run_code", json=asked, trust_env=False, timeout=PATIENCE_S).json()
    assert (answer["status"], answer["run_result"]["stdout"]) == ("Success", "2\n")
    assert httpx.post(f"{running.url}/run_code", json=asked, trust_env=False).status_code == 401
    assert "/run_code" in running.http.get("/openapi.json").json()["paths"]


def test_its_processes_are_as_nice_as_the_command(running: Service) -> None:
    command = psutil.Process(running.process.pid)
    assert {each.nice() for each in running.processes("ray::Serve")} == {command.nice()}


def test_serve_listens_at_loopback_only(running: Service) -> None:
    at = {line.laddr for line in psutil.net_connections("tcp") if line.status == psutil.CONN_LISTEN}
    assert {ip for ip, port in at if port == running.port} == {"127.0.0.1"}


def test_clients_that_hang_up_at_any_moment_take_nothing_from_others(running: Service) -> None:
    """Rows B1 and B6: Serve cancels what a request started, in other actors too."""
    others = [running.later(*(SLOW.format(0.4, f"other {i} {j}") for j in range(4))) for i in range(2)]
    for step in range(20):
        hang_up(
            running, step * 0.02, *(SLOW.format(0.2, f"gone {step} {j}") for j in range(2)), problem={**PROBLEM, "id": f"q/{step}"}
        )
    for other in others:
        assert rewards(other.get()) == [(1.0, "scored")] * 4
    assert running.http.post("/v1/problems", json=PROBLEM | {"id": "after"}).json()[0]["tests"] == 2
    assert rewards(running.score(RIGHT, problem="after")) == [(1.0, "scored")]
    wait_for(lambda: running.figure("coderm_queue_pairs") == 0, "nothing is left in the queue")


def test_a_stream_is_ended_by_its_own_deadline_with_nulls_and_a_last_line(running: Service) -> None:
    """Rows G54 and G56: Serve's own timeout would cut it without one."""
    lines = running.score(SLOW.format(600, "late"), RIGHT, stream=True, deadline_s=2).text.splitlines()
    found = [json.loads(line) for line in lines]
    assert {(line["reward"], line["status"]) for line in found[:2]} == {(1.0, "scored"), (None, "deadline")}
    assert found[2] == {"end": True, "results": 2}
    wait_for(lambda: running.figure("coderm_queue_pairs") == 0, "nothing is left in the queue")


PROBLEM = {"id": "p/0", "question": "Return x.", "entry_point": "f", "suite": SUITE}


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_hangs_up_has_its_work_stopped(running: Service, tmp_path: Path, stream: bool) -> None:
    """Row B18: also that of a stream."""
    beats = tmp_path / "beats"
    loops = f"import time\n\ndef f(x):\n    while True:\n        time.sleep(0.02)\n        open({str(beats)!r}, 'a').write('x')\n"
    hang_up(running, lambda: beats.exists() and beats.stat().st_size > 0, loops, stream=stream)

    def silent() -> bool:
        size = beats.stat().st_size
        time.sleep(1.0)
        return beats.stat().st_size == size

    wait_for(silent, "the program has ended")
    assert running.figure("coderm_queue_pairs") == 0


def kill_replica(running: Service) -> None:
    (replica,) = running.processes(TITLE)
    os.kill(replica.pid, signal.SIGKILL)


def test_a_killed_replica_costs_a_repetition_and_no_reward(running: Service, tmp_path: Path) -> None:
    """Row B19: a plain 500 without retry by Serve, hence idempotency keys, which outlive the replica."""
    runs = tmp_path / "runs"
    programs = [f"open({str(runs)!r}, 'a').write('x')\n" + SLOW.format(0.5, f"killed {j}") for j in range(6)]
    first = running.later(*programs, key="killed")
    wait_for(lambda: running.figure("coderm_calls_in_flight") == 1, "it is being judged")
    kill_replica(running)
    assert first.get().status_code == 500
    wait_for(lambda: running.ready, "another replica is there")
    assert rewards(running.score(*programs, key="killed")) == [(1.0, "scored")] * 6
    judged = runs.stat().st_size
    kill_replica(running)
    wait_for(lambda: running.processes(TITLE) != [] and running.ready, "a third replica is there")
    assert rewards(running.score(*programs, key="killed")) == [(1.0, "scored")] * 6
    assert running.score(*programs[:1], key="killed").status_code == 409
    assert runs.stat().st_size == judged
    assert running.figure("coderm_pairs_total") == 0


def test_a_killed_scorer_gives_nulls_with_a_reason_and_comes_back(running: Service) -> None:
    call = running.later(*(SLOW.format(0.5, f"lost {j}") for j in range(6)))
    wait_for(lambda: running.figure("coderm_queue_pairs") > 0, "it is being judged")
    (scorer,) = running.processes("ray::ScoringActor")
    os.kill(scorer.pid, signal.SIGKILL)
    found = rewards(call.get())
    assert set(found) <= {(1.0, "scored"), (None, "lost")}
    assert (None, "lost") in found
    wait_for(lambda: running.ready and rewards(running.score(RIGHT)) == [(1.0, "scored")], "another scorer is there")


def test_a_killed_bank_comes_back_with_its_problems(running: Service) -> None:
    running.http.post("/v1/problems", json=PROBLEM | {"id": "kept"})
    (bank,) = running.processes("ray::BankActor")
    os.kill(bank.pid, signal.SIGKILL)
    wait_for(lambda: running.http.get("/v1/problems/kept").status_code == 200, "the bank is back")
    assert rewards(running.score(RIGHT, problem="kept")) == [(1.0, "scored")]


def test_status_prints_a_table(running: Service) -> None:
    ended = run("status", "--url", running.url, env={"CODERM_SERVICE_TOKEN": TOKEN})
    assert ended.code == 0
    assert "ready" in ended.out
    ended = run("status", "--url", running.url, env={"CODERM_SERVICE_TOKEN": "x" * 20})
    assert (ended.code, "CODERM_SERVICE_TOKEN" in ended.err) == (2, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
def test_told_to_stop_it_finishes_what_it_accepted_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    with service(tmp_path, *RUN_CODE) as it:
        if number == signal.SIGTERM:  # two servers on one bank
            second = Service(tmp_path)
            assert second.end_by_itself() == 3
            assert "another server is using this directory" in "".join(second.said)
        call = it.later(*(SLOW.format(3.0, j) for j in range(4)))
        wait_for(lambda: it.figure("coderm_queue_pairs") > 0, "it is being judged")
        started = psutil.Process(it.process.pid).children(recursive=True)
        it.process.send_signal(number)
        wait_for(lambda: it.http.get("/ready").status_code == 503, "it drains")
        refused = it.score(RIGHT)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert rewards(call.get()) == [(1.0, "scored")] * 4
        assert it.process.wait(PATIENCE_S) == 0, "".join(it.said)
        wait_for(lambda: not [process for process in started if process.is_running()], "nothing is left")
    said = "".join(it.said)
    assert TOKEN not in said
    assert "Traceback" not in said


def test_a_public_address_without_a_token_of_ones_own_is_refused() -> None:
    ended = run("serve", "examples/serve.toml", "--set", "service.host=0.0.0.0", env={"CODERM_SERVICE_TOKEN": ""})
    assert ended.code == 2
    assert "CODERM_SERVICE_TOKEN" in ended.err


def test_the_commands_of_the_page_work(running: Service) -> None:
    page = (ROOT / "docs" / "service.md").read_text("utf-8")
    block = page.partition("## First calls")[2].partition("```\n")[2].partition("```")[0]
    script = block.replace("http://127.0.0.1:8000", running.url)
    done = subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"CODERM_SERVICE_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    answers = [
        json.loads(line) for line in done.stdout.replace("}{", "}\n{").replace("][", "]\n[").replace("]{", "]\n{").splitlines()
    ]
    assert answers[0][0]["tests"] == 1
    assert [(result["reward"], result["status"]) for result in answers[1]["results"]] == [(1.0, "scored"), (0.0, "no_code")]
    assert [answer.get("reward") for answer in answers[2:]] == [1.0, None]


def test_a_port_that_is_taken_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("serve", "examples/serve.toml", "--set", f"service.port={port}")
    assert ended.code == 3
    assert "service.port" in ended.err
