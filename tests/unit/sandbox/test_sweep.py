"""What a sweep takes and what it leaves, of what an engine lists."""

import time

from coderm.errors import EngineError
from coderm.sandbox.containers.engine import LABEL_EXPIRES, LABEL_OWNER, LABEL_UPTIME, owner_label, uptime
from coderm.sandbox.containers.sweep import NEVER_STARTED_S, Listed, Swept, judge, reason_to_remove, take, tell_failures

NOW = time.time()
MINE = {LABEL_OWNER: owner_label(), LABEL_EXPIRES: str(NOW + 10), LABEL_UPTIME: str(uptime() + 1000)}


def test_a_clock_that_jumps_takes_no_container_from_a_living_owner():
    assert reason_to_remove(MINE, NOW + 10 * 365 * 86_400) is None
    assert reason_to_remove(MINE | {LABEL_UPTIME: str(uptime() - 1)}, 0.0) == "expired"


def test_of_another_host_or_an_older_version_the_clock_decides():
    assert reason_to_remove(MINE | {LABEL_OWNER: "elsewhere:1:1"}, NOW + 20) == "expired"
    assert reason_to_remove({name: MINE[name] for name in (LABEL_OWNER, LABEL_EXPIRES)}, NOW + 20) == "expired"


def row(name, state, age_s):
    return {"Id": name, "State": state, "Created": NOW - age_s, "Labels": MINE}


def test_a_container_that_was_made_after_its_maker_had_given_up_is_found():
    rows = [
        row("late", "created", NEVER_STARTED_S + 1),
        row("being made", "created", 30),
        row("at work", "running", 10 * NEVER_STARTED_S),
    ]
    assert [judge(listed, NOW).reason for listed in rows] == ["never started", None, None]


def test_one_that_cannot_be_removed_is_told_and_keeps_none_of_the_others():
    gone, swept = [], Swept()

    def remove(name):
        if name == "b":
            raise EngineError("the Docker engine refuses to remove container b: device or resource busy")
        gone.append(name)

    for name in "abc":
        take(Listed(name, "r", "o", "exited", "owner dead"), remove, swept)
    assert gone == [item.container for item in swept.removed] == ["a", "c"]
    assert swept.failed == ["b: the Docker engine refuses to remove container b: device or resource busy"]


def test_a_failure_is_told_once_and_nothing_where_there_is_none(capsys):
    tell_failures(Swept())
    tell_failures(Swept(failed=["a: busy", "b: busy"]))
    assert capsys.readouterr().err == "coderm: 2 container(s) could not be removed; try `coderm gc`\n"
