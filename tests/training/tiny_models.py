"""Models of Llama's shape with some thousand random weights, and a tokenizer of single characters; made in a second."""

import string
from pathlib import Path

CHATML = (
    "{% for message in messages %}{{ '<s>' + message['role'] + '|' + message['content'] + '</s>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<s>assistant|' }}{% endif %}"
)


def make_tokenizer(template=CHATML, *, begin=False):
    """A tokenizer of printable characters. begin: put the begin token in front, as Llama's does."""
    from tokenizers import Regex, Tokenizer
    from tokenizers.decoders import Fuse
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Split
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    characters = sorted(set(string.printable))
    words = {word: place for place, word in enumerate(["<pad>", "<s>", "</s>", "<unk>", *characters])}
    built = Tokenizer(WordLevel(words, unk_token="<unk>"))
    built.pre_tokenizer = Split(Regex("(?m)."), "isolated")
    built.decoder = Fuse()
    if begin:
        built.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    made = PreTrainedTokenizerFast(
        tokenizer_object=built, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>",
        clean_up_tokenization_spaces=False,
    )  # fmt: skip
    made.chat_template = template
    return made


def make_model(directory: Path, *, tied=False, dtype="float32", seed=0, **tokenizer) -> Path:
    """Write a model with its tokenizer; about 30,000 weights."""
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    made = make_tokenizer(**tokenizer)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(made), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=1024, tie_word_embeddings=tied, initializer_range=0.1,
        bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config, dtype=getattr(torch, dtype))
    model.save_pretrained(directory)
    made.save_pretrained(directory)
    return directory
