"""When a driver sends Ray's token, and what it says when a cluster does not answer."""

import pytest

from cluster.connect import no_connection, token_hint, token_mode

NAMED = "10.0.0.1:6379"


@pytest.fixture
def home(tmp_path):
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("t")
    return tmp_path


@pytest.mark.parametrize(
    ("address", "environ", "sent"),
    [
        (NAMED, {}, True),
        ("ray://host:10001", {}, True),
        ("auto", {"RAY_ADDRESS": NAMED}, True),
        ("auto", {}, False),  # Ray finds it by itself
        ("local", {}, False),
        ("local", {"RAY_ADDRESS": NAMED}, False),
        (NAMED, {"RAY_AUTH_MODE": "disabled"}, False),
        (NAMED, {"RAY_AUTH_MODE": "token"}, False),  # nothing to change
    ],
)
def test_a_token_that_is_there_goes_to_a_cluster_that_was_named_unless_the_mode_was_chosen(home, address, environ, sent):
    assert token_mode(environ, home, address) == (str(home / ".ray" / "auth_token") if sent else "")


def test_the_token_is_looked_for_where_ray_looks(home, tmp_path):
    other = tmp_path / "other"
    assert token_mode({"RAY_AUTH_TOKEN_PATH": str(other)}, home, NAMED) == ""
    other.write_text("t")
    assert token_mode({"RAY_AUTH_TOKEN_PATH": str(other)}, home, NAMED) == str(other)
    assert token_mode({"RAY_AUTH_TOKEN": "t"}, home, NAMED) == "RAY_AUTH_TOKEN"
    assert token_mode({}, tmp_path / "nobody", NAMED) == ""


@pytest.mark.parametrize(
    ("environ", "has_token", "hint"),
    [
        ({}, False, "copy its ~/.ray/auth_token here and export RAY_AUTH_MODE=token"),
        ({}, True, "export RAY_AUTH_TOKEN_PATH=FILE, or RAY_AUTH_MODE=disabled without any"),
        ({"RAY_AUTH_MODE": "token"}, True, "export RAY_AUTH_TOKEN_PATH=FILE"),
    ],
)
def test_a_cluster_that_does_not_answer_may_want_another_token(home, tmp_path, environ, has_token, hint):
    assert token_hint(environ, home if has_token else tmp_path / "nobody", NAMED).endswith(hint)
    assert token_hint(environ, home, "auto") == ""


MISMATCH = """Version mismatch: The cluster was started with:
    Ray: 2.60.0
    Python: 3.12.1
This process on node 10.0.0.1 was started with:
    Ray: 2.60.0
    Python: 3.11.7
"""


def test_a_cluster_of_another_python_is_told_in_one_line_with_both_versions():
    told = no_connection(RuntimeError(MISMATCH), "start one")
    assert "\n" not in told
    assert told.startswith(
        "Version mismatch: The cluster was started with: Ray: 2.60.0 Python: 3.12.1 This process on node 10.0.0.1"
    )
    assert told.endswith("Python: 3.11.7; use the same Python and Ray here and on every node")


def test_any_other_reason_is_the_first_line_with_the_usual_remedy():
    assert no_connection(ConnectionError("no answer\nmore"), "start one") == "no answer; start one"
    assert no_connection(ConnectionError(), "start one") == "ConnectionError; start one"
