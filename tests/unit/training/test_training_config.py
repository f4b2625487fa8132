"""Settings of a training: the published analogue's numbers are the defaults, and what cannot work is refused at once."""

import pytest

from coderm.config.loader import load_train_config
from coderm.config.training import FullMethod, LoraMethod
from coderm.errors import ConfigError

DATA = 'data.path="sft.jsonl"'


def test_the_defaults_are_those_of_the_published_analogue():
    config = load_train_config(None, [DATA], {"CODERM_LOG": "debug"})
    how = config.optimisation
    assert (how.epochs, how.rate(FullMethod()), how.schedule, how.warmup, how.batch) == (1.0, 1e-5, "cosine", 0.1, 128)
    assert how.rate(LoraMethod()) == 2e-4
    assert (config.model.dtype, config.model.autocast, config.data.max_length) == ("float32", "auto", 4096)
    assert config.data.prompt_style == "clean"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("model.dtype=bfloat16", "rounds most steps of a full training away"),
        ("optimisation.batch=3|optimisation.device_batch=2", "no multiple of device_batch x workers = 2"),
        ("workers.count=3", "no multiple of device_batch x workers = 3"),
        ("checkpoints.keep=1", "checkpoints.keep"),
        ("optimisation.learning_rate=0", "learning_rate"),
        ("optimizer.lr=1", "optimizer: unknown key"),
        ("method.type=qlora", "qlora"),
    ],
)
def test_what_cannot_work_is_refused(given, message):
    with pytest.raises(ConfigError, match=message):
        load_train_config(None, [DATA, *given.split("|")], {})


def test_a_frozen_base_may_be_bfloat16():
    assert load_train_config(None, [DATA, "model.dtype=bfloat16", "method.type=lora"], {}).method.type == "lora"
