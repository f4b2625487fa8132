"""From an engine's configuration to its generator; the one place that knows every backend."""

from coderm.config import OpenAIEngine, ScriptedEngine, VllmEngine
from coderm.generation.base import Generator


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
