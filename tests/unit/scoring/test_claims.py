"""Idempotency keys of several replicas: one judges, the others are told, and nothing of the dead stands in the way."""

import asyncio

from coderm.messages.claims import Claim
from coderm.scoring.claims import Claims

MINE, ELSEWHERE, OTHER = Claim("mine"), Claim("elsewhere"), Claim("other_content")


def run(scenario, most=100, keep_s=60.0):
    now = [0.0]
    return asyncio.run(scenario(Claims(most, keep_s, lambda: now[0]), now))


def test_one_owner_judges_and_every_other_gets_its_answer():
    async def scenario(claims, now):
        assert await claims.claim("k", "d", "a") == MINE
        assert await claims.claim("k", "d", "a") == MINE
        assert await claims.claim("k", "d", "b", 0.0) == ELSEWHERE
        assert await claims.claim("k", "e", "b") == OTHER
        waiting = asyncio.ensure_future(claims.claim("k", "d", "b"))
        await asyncio.sleep(0)
        claims.keep("k", "b", b"not b's", 1)
        claims.keep("k", "a", b"told", 1)
        assert await waiting == Claim("answered", b"told")
        claims.release("k", "a")
        claims.leave("a")
        assert await claims.claim("k", "d", "a") == Claim("answered", b"told")

    run(scenario)


def test_a_key_that_is_given_back_or_whose_owner_is_gone_is_taken_by_who_waits():
    async def scenario(claims, now):
        for end in (lambda: claims.release("k", "a"), lambda: claims.leave("a")):
            assert await claims.claim("k", "d", "a") == MINE
            waiting = asyncio.ensure_future(claims.claim("k", "d", "b"))
            await asyncio.sleep(0)
            claims.release("k", "b")
            end()
            assert await waiting == MINE
            claims.release("k", "b")
        assert len(claims) == 0

    run(scenario)


def test_answers_are_bounded_by_programs_and_age_and_what_is_judged_stays():
    async def scenario(claims, now):
        await claims.claim("running", "d", "a")
        for number in range(5):
            await claims.claim(str(number), "d", "a")
            claims.keep(str(number), "a", b"", 2)
        assert await claims.claim("0", "x", "b") == MINE
        assert [(await claims.claim(str(number), "d", "b")).state for number in (3, 4)] == ["answered"] * 2
        now[0] = 61.0
        assert await claims.claim("4", "x", "b") == MINE
        assert await claims.claim("running", "d", "b", 0.0) == ELSEWHERE
        assert len(claims) == 3

    run(scenario, most=4)
