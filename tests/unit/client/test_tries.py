"""What a failed try means."""

import pytest

from coderm.client.tries import Again, Refused, pause_s, refused_as


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507])
def test_statuses_that_pass(status):
    assert isinstance(refused_as(status, {}, b"Internal Server Error"), Again)


@pytest.mark.parametrize(
    ("status", "by_content"), [(400, True), (401, False), (404, True), (409, False), (413, True), (422, True), (301, False)]
)
def test_statuses_that_stay(status, by_content):
    refused = refused_as(status, {}, b"")
    assert isinstance(refused, Refused)
    assert refused.by_content is by_content


def test_the_service_s_own_words_and_code_are_kept():
    body = b'{"error": "no engine left", "code": "engine_down", "retry_after_s": 3}'
    assert refused_as(503, {"retry-after": "3"}, body) == Again(
        "the reward service answered 503: no engine left", "engine_down", 3.0
    )


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"x"', b'{"code": 3}', b"\xff"])
def test_a_proxy_may_answer_anything(body):
    assert refused_as(503, {"retry-after": "Fri, 01 Jan 2027 00:00:00 GMT"}, body) == Again(
        "the reward service answered 503", "overloaded", None
    )


def test_pauses_double_have_jitter_and_a_bound():
    assert [pause_s(tried, None, 0.1, 5.0, 1.0) for tried in (0, 1, 2, 9, 10**9)] == [0.1, 0.2, 0.4, 5.0, 5.0]
    assert pause_s(0, None, 0.1, 5.0, 0.0) == 0.05


def test_what_the_service_asks_for_is_the_least_pause():
    assert pause_s(9, 2.0, 0.1, 5.0, 0.0) == 2.0
    assert pause_s(9, 2.0, 0.1, 5.0, 0.5) == 2.25
