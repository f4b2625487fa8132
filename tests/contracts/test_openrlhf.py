"""OpenRLHF's single-turn executor loads our reward function from a file, and asks our endpoint."""

import asyncio
import json
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from judged import scripted
from listening import served

agent = pytest.importorskip("openrlhf.utils.agent", reason="make contracts installs it")

import torch

from coderm.integrations.openrlhf import reward_router
from coderm.integrations.settings import use_client

TESTS = json.dumps(["assert add(1, 2) == 3"])
PROMPT = "<|im_start|>user\nWrite add.<|im_end|>\n<|im_start|>assistant\n"
PLAIN = SimpleNamespace(max_tokens=64, logprobs=None)


class Letters:
    """A tokenizer whose tokens are letters."""

    def __call__(self, text, **options):
        return {"input_ids": torch.tensor([[ord(letter) for letter in text]])}

    def decode(self, tokens, **options):
        return "".join(map(chr, tokens))


@dataclass
class Engine:
    """Answers what it is told to."""

    text: str
    asked: list = field(default_factory=list)

    async def generate(self, tokens, params, multi_modal_data=None):
        self.asked.append(tokens)
        ids = [ord(letter) for letter in self.text + "<|im_end|>"]
        return SimpleNamespace(outputs=[SimpleNamespace(token_ids=ids, text=self.text, finish_reason="stop", logprobs=None)])


def rollouts(url):
    executor = agent.SingleTurnAgentExecutor(url)

    async def gathered():
        asked = [("a + b", TESTS), ("a * b", TESTS), ("a + b", "no-such"), ("a + b", "[1]")]
        return await asyncio.gather(
            *(executor.execute(PROMPT, label, PLAIN, 4096, Letters(), Engine(text)) for text, label in asked)
        )

    return asyncio.run(gathered())


@pytest.mark.parametrize("remote", [False, True], ids=["function", "http"])
def test_every_sample_gets_a_number_and_the_same_logs(remote, tmp_path):
    service, client = scripted()
    use_client(client)
    try:
        if remote:
            with served(reward_router()) as url:
                found = rollouts(f"{url}/reward")
        else:
            file = tmp_path / "reward.py"
            file.write_text("from coderm.integrations.openrlhf import reward_func\n")
            found = rollouts(str(file))
    finally:
        use_client(None)
        client.close()
    assert [torch.tensor([one["reward"]]).flatten().tolist() for one in found] == [[1.0], [0.0], [0.0], [0.0]]
    assert [one["extra_logs"]["lost"] for one in found] == [0.0, 0.0, 1.0, 1.0]
    assert len({tuple(one["extra_logs"]) for one in found}) == 1
    assert {text for _, text in service.scored} == {"a + b", "a * b"}
