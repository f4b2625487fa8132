"""Proofs that are remembered: tried once for the same circumstances, again for others, after a day, and where the file is odd."""

import pytest

from coderm.config.schema import SandboxConfig
from coderm.errors import EngineError
from coderm.sandbox.proofs import DAY_S, engine_facts, prove_once
from coderm.sandbox.self_test import Proof

CONFIG = SandboxConfig()


class Proving:
    """Counts what it proves."""

    def __init__(self):
        self.tries = 0

    def __call__(self, config):
        self.tries += 1
        return Proof(("no network",), "box")


def prove(folder, proving, known_by="a", now=0.0):
    return prove_once(CONFIG, proving, folder=folder, clock=lambda: now, known_by=lambda config: known_by)


def test_the_same_circumstances_are_proved_once_and_others_anew(tmp_path):
    proving = Proving()
    assert [prove(tmp_path, proving, name) for name in "aab"] == [("no network",)] * 3
    assert proving.tries == 2


def test_a_proof_is_believed_for_a_day_and_not_from_the_future(tmp_path):
    proving = Proving()
    for now in (0.0, DAY_S - 1, DAY_S + 1, 5.0):
        prove(tmp_path, proving, now=now)
    assert proving.tries == 3


@pytest.mark.parametrize("text", ["", "{}", '{"limits": [], "proved": 0}', '{"limits": ["x"], "proved": "never"}', "[1]"])
def test_a_file_that_does_not_hold_a_proof_is_no_proof(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    proving = Proving()
    assert prove(tmp_path, proving) == ("no network",)
    assert proving.tries == 1


def test_a_limit_that_does_not_hold_is_told_every_time(tmp_path):
    def broken(config):
        raise EngineError("this node's sandbox does not hold")

    for _ in range(2):
        with pytest.raises(EngineError, match="does not hold"):
            prove(tmp_path, broken)


def test_where_nothing_can_be_kept_the_proof_still_counts(tmp_path):
    (tmp_path / "file").write_text("")
    assert prove(tmp_path / "file" / "folder", Proving()) == ("no network",)


def test_an_engine_with_other_security_options_is_another():
    plain = {"ID": "x", "SecurityOptions": ["name=seccomp,profile=builtin"], "Runtimes": {"runc": {"path": "runc"}}, "NFd": 3}
    assert engine_facts(plain) == engine_facts(plain | {"NFd": 4})
    assert engine_facts(plain) != engine_facts(plain | {"SecurityOptions": []})
