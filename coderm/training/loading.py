"""Loads what is trained, with every type named: transformers would take the checkpoint's own, in which small steps are lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from coderm.config.training import LoraMethod, TrainConfig, TrainedModel
from coderm.errors import ConfigError, ModelError
from coderm.generation.model_files import resolve_model
from coderm.training.rendering import Renderer


@dataclass(frozen=True, slots=True)
class Source:
    """A model's files, its tokenizer, and how chats are rendered for it."""

    path: str
    tokenizer: Any
    renderer: Renderer


def load_source(config: TrainConfig) -> Source:
    """Find the model and read its tokenizer. Raises ModelError or InputError with the remedy."""
    from transformers import AutoTokenizer, GenerationConfig

    path = resolve_model(config.model.name)
    with quiet(), _one_line(config.model.name):
        tokenizer = AutoTokenizer.from_pretrained(path)
        try:
            ends = GenerationConfig.from_pretrained(path).eos_token_id
        except OSError:  # it is optional
            ends = None
    known = [ends] if isinstance(ends, int) else list(ends or ())
    own = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
    renderer = Renderer(tokenizer, config.model.name, own + known, config.data.prompt_style, config.data.date)
    return Source(path, tokenizer, renderer)


def load_model(path: str, settings: TrainedModel, dtype: str = "") -> Any:
    """Load the weights in the type that the settings name, or in `dtype`. Raises ModelError."""
    import torch
    from transformers import AutoModelForCausalLM

    more = {"attn_implementation": settings.attention} if settings.attention else {}
    with quiet(), _one_line(settings.name):
        return AutoModelForCausalLM.from_pretrained(path, dtype=getattr(torch, dtype or settings.dtype), **more)


def stored_dtype(path: str) -> str:
    """Return the type of a model's weights on disk, as its config.json names it; float32 where it names none."""
    from transformers import AutoConfig

    return str(AutoConfig.from_pretrained(path).dtype or "float32").removeprefix("torch.")


def check_adapter(config: TrainConfig, model: Any) -> None:
    """Refuse names that no module has, which peft passes over in silence, and an adapter on the head, or on an embedding that is

    the head too: merging would change both. Raises ConfigError.
    """
    if config.method.type != "lora":
        return
    _check_names(config.method, [name for name, _ in model.named_modules()])
    tied = bool(model.config.get_text_config().tie_word_embeddings)
    ends = [model.get_output_embeddings(), *([model.get_input_embeddings()] if tied else [])]
    names = {name.rpartition(".")[2] for name, module in model.named_modules() if any(module is end for end in ends)}
    if found := sorted(names & set(config.method.targets)):
        why = (
            "the head of this model is its input embedding, and merging would change both" if tied else "the trainer leaves it out"
        )
        raise ConfigError(f'method.targets: no adapter on {found[0]} ({why}); put "{found[0]}" into method.whole instead')


def _check_names(method: LoraMethod, modules: list[str]) -> None:
    for setting, names in (("targets", method.targets), ("whole", method.whole)):
        for name in names:
            if not any(f".{module}".endswith(f".{name}") for module in modules):
                last = {module.rpartition(".")[2] for module in modules}
                known = ", ".join(sorted(part for part in last if part and not part.isdigit()))
                raise ConfigError(f"method.{setting}: the model has no module {name!r}; its modules are {known}")


@contextmanager
def quiet() -> Iterator[None]:
    """Keep bars and remarks of transformers and datasets away."""
    import datasets
    from transformers.utils import logging

    told, bars = logging.get_verbosity(), datasets.are_progress_bars_disabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        logging.enable_progress_bar()
        logging.set_verbosity(told)
        if not bars:
            datasets.enable_progress_bars()


@contextmanager
def _one_line(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, RuntimeError, ImportError, KeyError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"model {name}: transformers cannot load it ({why}); check its files") from None
