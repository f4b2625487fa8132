"""TRL trains on our rewards: None stays out of the group, an outage ends nothing, and lost ones are logged."""

import json

import pytest
from judged import scripted

from coderm.client.contract import ProgramReward
from coderm.integrations.trl import TrlReward

trl = pytest.importorskip("trl")

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

TESTS = json.dumps(["assert add(1, 2) == 3"])
WORDS = ["<pad>", "<eos>", *(f"w{number}" for number in range(30))]
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def toy():
    """A model of a thousand weights and its tokenizer."""
    letters = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="w0"))
    letters.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=letters, pad_token="<pad>", eos_token="<eos>")
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=len(WORDS), pad_token_id=0, eos_token_id=1, **sizes)
    return LlamaForCausalLM(config), tokenizer


def train(reward, folder):
    model, tokenizer = toy()
    config = trl.GRPOConfig(
        output_dir=str(folder), use_cpu=True, bf16=False, max_steps=1, num_generations=4, per_device_train_batch_size=4,
        max_completion_length=4, logging_steps=1, report_to=[], gradient_checkpointing=False, disable_tqdm=True,
    )  # fmt: skip
    rows = Dataset.from_list([{"prompt": "w1 w2", "tests": TESTS}] * 4)
    trainer = trl.GRPOTrainer(model=model, reward_funcs=reward, args=config, train_dataset=rows, processing_class=tokenizer)
    trainer.train()
    return trainer


def answers(*rewards):
    """Rewards in the order in which programs come."""
    left = list(rewards)

    def table(problem, text):
        reward = left.pop(0)
        status = "scored" if reward is not None else "deadline"
        return ProgramReward(item=0, program=0, reward=reward, status=status, caused_by="service", tests=1)

    return table


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_lost_reward_stays_out_of_its_group(asynchronous, tmp_path):
    _, client = scripted(answers(1.0, 0.0, None, 1.0))
    with client:
        reward = TrlReward(client)
        trainer = train(reward.asynchronous if asynchronous else reward, tmp_path)
    assert list(trainer._logs["advantages"]) == pytest.approx([0.577, -1.155, 0.0, 0.577], abs=1e-3)
    logged = trainer.state.log_history[0]
    assert (logged["reward"], logged["coderm/lost"]) == (pytest.approx(2 / 3), 0.25)


def test_an_outage_does_not_end_the_training(tmp_path):
    _, client = scripted(answers(None, None, None, None))
    with client:
        trainer = train(TrlReward(client), tmp_path)
    assert trainer.state.global_step == 1
    assert trainer.state.log_history[0]["coderm/lost"] == 1.0
    assert all(bool(weights.isfinite().all()) for weights in trainer.model.parameters())
