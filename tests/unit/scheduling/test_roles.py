"""Who writes in a run, and whether their engines are there; only roles that write need one."""

from pathlib import Path

import pytest
from builders import a_config

from coderm.errors import ConfigError
from coderm.scheduling.roles import NO_FILES, UserFiles, check_roles, writing_engines, writing_roles

CANDIDATES, TESTS = Path("c.jsonl"), Path("t.jsonl")
RECORDED = {"type": "scripted", "path": "r.jsonl"}


def config(**sections):
    return a_config(
        **({"engines": {"a": RECORDED, "b": RECORDED}, "policy": {"engine": "a"}, "coderm": {"engine": "b"}} | sections)
    )


@pytest.mark.parametrize(
    ("files", "per_problem", "roles"),
    [
        (NO_FILES, 3, {"policy": "a", "coderm": "b"}),
        (NO_FILES, 0, {"policy": "a"}),
        (UserFiles(candidates=CANDIDATES), 3, {"coderm": "b"}),
        (UserFiles(tests=TESTS), 3, {"policy": "a"}),
        (UserFiles(CANDIDATES, TESTS), 3, {}),
    ],
)
def test_who_brings_a_file_needs_no_writer_nor_does_a_budget_of_no_tests(files, per_problem, roles):
    settings = config(budget={"per_problem": per_problem})
    assert writing_roles(settings, files) == roles
    assert list(writing_engines(settings, files)) == sorted(roles.values())


def test_a_role_that_writes_cannot_name_an_engine_that_is_not_there():
    settings = config(policy={"engine": "main"})
    with pytest.raises(ConfigError, match=r"policy.engine = 'main': there is no \[engines.main\].*; name one of those there: a, b"):
        check_roles(settings, writing_roles(settings, NO_FILES))


def test_who_brings_candidates_may_name_the_writer_of_tests_alone():
    settings = config(policy={})  # the policy's engine is `main`, which nobody asks anything
    check_roles(settings, writing_roles(settings, UserFiles(candidates=CANDIDATES)))


def test_roles_may_share_an_engine():
    assert list(writing_engines(config(coderm={"engine": "a"}), NO_FILES)) == ["a"]
