"""Metrics: each has a help text and is exposed, each panel of the dashboard shows one that exists, and `status` reads them."""

import asyncio
import json
import math
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from served import Gate, body, served, until

from coderm.errors import ClusterError, ConfigError
from coderm.service.dashboard import dashboard, write_dashboard
from coderm.service.metrics import METRICS
from coderm.service.scripted import ScriptedJudge
from coderm.service.status import Scrape, parse_scrape, print_status, rows


def scraped(*bodies, **settings):
    async def scenario():
        async with served(ScriptedJudge({"good": 1.0}, tests=2), **settings) as it:
            for one in bodies:
                await it.score(one)
            return (await it.http.get("/metrics")).text

    return asyncio.run(scenario())


def test_every_metric_is_exposed_with_its_help():
    text = scraped(body("good", "bad"), {"items": [], "wrong": 1})
    families = {family.name: family for family in text_string_to_metric_families(text)}
    for metric in METRICS:
        assert families[metric.name].documentation == metric.help
        assert families[metric.name].type == metric.kind
        assert metric.help.endswith(".")
    found = parse_scrape(text)
    seen = {sample.name for sample in found.samples}
    unlabelled = [name for metric in METRICS if not metric.labels for name in metric.series]
    assert [name for name in unlabelled if name not in seen] == []


def test_each_panel_shows_metrics_that_exist_and_every_metric_has_a_panel():
    series = {name for metric in METRICS for name in metric.series}
    shown = set()
    for panel in dashboard()["panels"]:
        queries = " ".join(target["expr"] for target in panel["targets"])
        named = set(re.findall(r"coderm_\w+", queries))
        assert named, panel["title"]
        assert named <= series, panel["title"]
        assert panel["description"], panel["title"]
        shown |= named
    assert [metric.name for metric in METRICS if not set(metric.series) & shown] == []
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard()["panels"]]
    assert len(set(places)) == len(places)


def test_the_dashboard_is_written_as_json(tmp_path):
    write_dashboard(tmp_path / "it.json")
    assert json.loads((tmp_path / "it.json").read_text()) == dashboard()


def test_what_happened_is_counted():
    found = parse_scrape(scraped(body("good", "bad"), body("good"), body("x", deadline_s=0.0)))
    assert found.total("coderm_rewards_total") == 3
    assert found.total("coderm_pairs_total") == 6
    assert found.by("coderm_refused_total", "code") == {"invalid": 1}
    assert found.total("coderm_call_seconds_count") == 2
    assert found.total("coderm_tests_per_problem_sum") == 4
    assert found.total("coderm_calls_in_flight_most") == 1
    assert found.total("coderm_ready") == 1
    assert math.isnan(found.total("coderm_budget_left"))


def test_the_queue_and_the_calls_in_flight_are_seen_while_they_are_there():
    async def scenario():
        gate = Gate()
        async with served(ScriptedJudge({}, gate, tests=5)) as it:
            call = asyncio.ensure_future(it.score(body("a", "b")))
            await until(lambda: gate.waiting == 2, "it runs")
            found = parse_scrape((await it.http.get("/metrics")).text)
            assert (found.total("coderm_queue_pairs"), found.total("coderm_calls_in_flight")) == (10, 1)
            gate.all = True
            await call
            await until(lambda: it.service._admission.pairs == 0, "the queue is empty")

    asyncio.run(scenario())


def test_nulls_are_counted_by_their_reason():
    async def failing(text):
        raise OSError

    async def scenario():
        async with served(ScriptedJudge({}, failing)) as it:
            await it.score(body("a", "b"))
            return (await it.http.get("/metrics")).text

    assert parse_scrape(asyncio.run(scenario())).by("coderm_nulls_total", "status") == {"lost": 2}


def test_status_tells_a_person():
    told = dict(rows(parse_scrape(scraped(body("good", "bad"), {"wrong": 1}))))
    assert told["state"] == "ready"
    assert told["rewards"] == "2  scored 2"
    assert told["nulls"] == "0 (0.0 %)"
    assert told["refused"] == "1  invalid 1"
    assert told["tests per problem"] == "2.0"
    assert told["test budget left"] == "-"
    assert re.fullmatch(r"p50 <= [\d.]+ s  p99 <= [\d.]+ s", told["time of a call"])


def test_status_of_a_service_that_did_nothing_yet_tells_dashes():
    told = dict(rows(parse_scrape(scraped())))
    assert (told["time of a call"], told["tail: slowest over median"], told["tests per problem"]) == ("-", "-", "-")
    assert dict(rows(Scrape()))["state"] == "not ready"


def test_status_of_nothing_says_what_to_do():
    with pytest.raises(ClusterError, match="coderm serve"):
        print_status("http://127.0.0.1:9", Console())
    with pytest.raises(ConfigError, match="http://HOST:PORT"):
        print_status("no address", Console())
