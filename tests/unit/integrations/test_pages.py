"""The pages' code runs, called as each trainer documents; links and files that they name exist."""

import ast
import asyncio
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from judged import scripted

from coderm.integrations.settings import use_client

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted((ROOT / "docs" / "integrations").glob("*.md"))
TESTS = json.dumps(["assert add(1, 2) == 3"])
RIGHT, WRONG = "def add(a, b): return a + b", "def add(a, b): return a * b"
CASES = {"right": (TESTS, RIGHT), "wrong": (TESTS, WRONG), "lost": ("no-such", RIGHT), "malformed": ("[1]", RIGHT)}


def blocks(name):
    return re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "integrations" / f"{name}.md").read_text("utf-8"), re.S | re.M)


def names(name):
    """What the first block of a page defines."""
    found: dict = {}
    exec(compile(blocks(name)[0], name, "exec"), found)
    return SimpleNamespace(**{key: value for key, value in found.items() if not key.startswith("__")})


@pytest.fixture(autouse=True)
def service():
    found, client = scripted()
    use_client(client)
    yield found
    use_client(None)
    client.close()


def each(call):
    return {kind: call(tests, text) for kind, (tests, text) in CASES.items()}


@pytest.mark.parametrize("name", ["slime", "miles"])
def test_slime_and_miles(name):
    samples = each(lambda tests, text: SimpleNamespace(label=tests, response=text, metadata={}, remove_sample=False))
    found = {kind: asyncio.run(names(name).coderm_rm(SimpleNamespace(), sample)) for kind, sample in samples.items()}
    assert found == {"right": 1.0, "wrong": 0.0, "lost": 0.0, "malformed": 0.0}
    assert [sample.remove_sample for sample in samples.values()] == [False, False, True, True]


def test_areal():
    found = each(lambda tests, text: names("areal").coderm_reward_fn("p", text, [1], [2], tests=tests, answer=None))
    assert found == {"right": 1.0, "wrong": 0.0, "lost": 0.0, "malformed": 0.0}


def test_nemo_gym():
    def verified(tests, text):
        output = [{"type": "reasoning"}, {"type": "message", "content": [{"type": "output_text", "text": text}]}]
        body = {"responses_create_params": {}, "response": {"output": output}, "verifier_metadata": {"tests": tests}}
        answer = asyncio.run(names("nemo_gym").verify(body))
        assert answer.keys() == {*body, "reward", "mask_sample"}
        return answer["reward"], answer["mask_sample"]

    assert each(verified) == {"right": (1.0, False), "wrong": (0.0, False), "lost": (0.0, True), "malformed": (0.0, True)}


def test_verifiers():
    def scored(tests, text):
        state: dict = {}
        reward = asyncio.run(
            names("verifiers").coderm(completion=[{"role": "assistant", "content": text}], answer=tests, state=state)
        )
        return reward, state["coderm_status"]

    assert each(scored) == {
        "right": (1.0, "scored"),
        "wrong": (0.0, "scored"),
        "lost": (0.0, "unknown_problem"),
        "malformed": (0.0, "broken_tests"),
    }


def test_ms_swift():
    reward = names("ms_swift").CodeReward(tokenizer=None)
    tests, texts = zip(*CASES.values(), strict=True)
    assert reward(list(texts), tests=list(tests), solution=[""] * 4) == [1.0, 0.0, 0.0, 0.0]


def test_openenv():
    found = each(names("openenv").observed)
    assert [observation["reward"] for observation in found.values()] == [1.0, 0.0, None, None]
    assert {observation["done"] for observation in found.values()} == {True}


def test_the_first_reward_of_the_page_about_trl(capsys):
    exec(compile(blocks("trl")[0], "trl", "exec"), {})
    assert capsys.readouterr().out == "[1.0]\n"


every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@every_page
def test_code_parses_and_links_and_files_exist(page):
    for block in blocks(page.stem):
        ast.parse(block)
    text = page.read_text("utf-8")
    assert [link for link in re.findall(r"\]\(([^)#\s]+)", text) if not (page.parent / link).exists()] == []
    named = re.findall(r"`((?:examples|coderm|cluster|docs)/[\w./-]*\.\w+)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []
