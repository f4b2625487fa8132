"""From an engine's configuration to its generator; the one place that knows every backend."""

from coderm.config.schema import EngineConfig, OpenAIEngine, ScriptedEngine, VllmEngine
from coderm.errors import ConfigError
from coderm.generation.base import Generator
from coderm.generation.hidden_states.base import HiddenStates
from coderm.messages.hidden_states import StateSpec


def make_generator(config: VllmEngine | OpenAIEngine | ScriptedEngine) -> Generator:
    """Build the generator a configuration describes, not yet set up; imports that backend's module only."""
    match config:
        case VllmEngine():
            from coderm.generation.vllm import VllmGenerator

            return VllmGenerator(config)
        case OpenAIEngine():
            from coderm.generation.openai import OpenAIGenerator

            return OpenAIGenerator(config)
        case ScriptedEngine():
            from coderm.generation.scripted import ScriptedGenerator

            return ScriptedGenerator(config)


def make_states(config: EngineConfig, generator: Generator, spec: StateSpec) -> HiddenStates:
    """Return a reader of the states that `spec` asks for, beside the generator of an engine.

    A vLLM engine on GPUs reads them itself; one on CPUs has a transformers pass of its model beside it, and so has a recorded
    or a remote engine, whose own states nobody can read. Raises ConfigError when the spec is of another model than a local
    engine runs, or of other layers than it keeps.
    """
    if isinstance(config, VllmEngine):
        if spec.model != config.model:
            raise ConfigError(
                f"the probe reads states of {spec.model}, the engine runs {config.model}; train one with "
                f"`coderm probe train --model {config.model}`"
            )
        if config.gpus:
            return _own(config, generator, spec)
    from coderm.generation.hidden_states.transformers import TransformersStates

    return TransformersStates(spec.model, spec.layers)


def _own(config: VllmEngine, generator: Generator, spec: StateSpec) -> HiddenStates:
    from coderm.generation.vllm import VllmGenerator

    if spec.layers != config.hidden_layers or not isinstance(generator, VllmGenerator) or generator.hidden is None:
        raise ConfigError(
            f"the probe reads layers {list(spec.layers)}, the engine of {config.model} keeps {list(config.hidden_layers)}; set "
            f"engines.NAME.hidden_layers = {list(spec.layers)}"
        )
    return generator.hidden
