"""A model small enough for a unit test: three random layers of a known architecture, and a tokenizer of characters."""

import json


def make_model(directory, unknown=""):
    """Write a transformers directory; return its path as text. unknown: letters whose tokens the model does not know."""
    import torch
    from transformers import LlamaConfig, LlamaModel

    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=130,
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=4096,
    )
    model = LlamaModel(config)
    for layer in model.layers:  # random layers are close to the identity; these differ from one another
        layer.mlp.down_proj.weight.data *= 30
    model.save_pretrained(directory)
    vocabulary = {chr(code): code for code in range(128)} | {"[UNK]": 128}
    vocabulary |= {letter: 1000 + place for place, letter in enumerate(unknown)}
    words = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "[\\s\\S]"}, "behavior": "Isolated", "invert": False},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }
    (directory / "tokenizer.json").write_text(json.dumps(words))
    (directory / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]"})
    )
    return str(directory)
