"""One trial: load, a kill, recovery, the truth, every call repeated by its key, and what is left in the end."""

import gzip
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cli import wait_for
from serving import TOKEN, Service

from coderm.client.contract import ProgramReward
from faults.aims import Kill, Target
from faults.load import Load
from faults.truth import Answered, Tally, tally

BEFORE, AFTER = 6, 8
"""Calls answered before the kill, and whole ones begun after it."""


@dataclass(frozen=True)
class Row:
    """What a trial showed. usual_s: a call's median before the kill; recovered_s: from the kill to the end of the first whole call
    begun after it; twice: pairs judged anew although they had a reward; http: what the tries got."""

    killed: str
    calls: int
    found: Tally
    repeated: Tally
    twice: int
    usual_s: float
    recovered_s: float
    http: Counter[str]

    @property
    def flaws(self) -> list[str]:
        """What must not be."""
        repeated = [f"repeated: {text}" for text in self.repeated.wrong]
        return [*self.found.wrong, *repeated, *([f"{self.twice} pairs judged twice"] if self.twice else [])]


def trial(name: str, kill: Kill, target: Target, numbers: Iterator[int]) -> Row:
    """Kill one thing under load. Fails when the service does not recover."""
    load = Load(target.service.url, TOKEN, numbers).start()
    _wait(target, load, lambda: len(load.answered) >= BEFORE, f"{BEFORE} calls before {name} is killed")
    usual_s = statistics.median(answer.ended - answer.began for answer in load.answered)
    at = time.monotonic()
    kill(target)
    _wait(target, load, lambda: len(_recovered(load, at)) >= AFTER, f"recovery after {name} was killed")
    recovered_s = min(answer.ended for answer in _recovered(load, at)) - at
    answers = load.stop()
    repeated, twice = repeat(target.service, load)
    return Row(name, len(answers), tally(answers), tally(repeated), twice, usual_s, recovered_s, load.recorder.answers)


def repeat(service: Service, load: Load) -> tuple[list[Answered], int]:
    """Send every request again under its key; return the answers, and how many pairs were run again although they had a verdict.

    Counted are right programs, whose every test was run; a call that its replica still knows is answered without a look at any.
    """
    whole = {answer.number for answer in load.answered if answer.whole}
    answers, twice = list[Answered](), 0
    for key in load.recorder.sent:
        before = service.figure("coderm_pairs_total")
        found = list(_repeated(service, key, load))
        if service.figure("coderm_pairs_total") > before:
            right = (reward for answer in found if answer.number in whole for reward in answer.rewards if reward.reward)
            twice += sum(reward.tests - reward.cached for reward in right)
        answers += found
    return answers, twice


def _repeated(service: Service, key: str, load: Load) -> Iterator[Answered]:
    headers, body = load.recorder.sent[key]
    response = service.http.post("/v1/score", content=body, headers=headers)
    assert response.status_code == 200, response.text
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert lines[-1].get("end"), "a repeated call was cut"
    results = [ProgramReward.model_validate(line) for line in lines[:-1]]
    for place, number in enumerate(_numbers(headers, body)):
        mine = sorted((result for result in results if result.item == place), key=lambda result: result.program)
        yield Answered(number, 0.0, 0.0, tuple(mine))


def _numbers(headers: dict[str, str], body: bytes) -> list[int]:
    plain = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
    return [int(item["problem"]["id"].rpartition("/")[2]) for item in json.loads(plain)["items"]]


def _wait(target: Target, load: Load, condition: Any, what: str) -> None:
    def met() -> bool:
        target.look()
        return bool(condition())

    wait_for(met, what)


def _recovered(load: Load, since: float) -> list[Answered]:
    return [answer for answer in list(load.answered) if answer.began > since and answer.whole]
