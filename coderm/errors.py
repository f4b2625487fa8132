"""The error tree: one class per boundary that can fail, each with the exit code a command ends with.

CodeRMError
├── InputError            2  what the user gave cannot be used
│   ├── ConfigError          a setting is unknown, of the wrong type or out of range
│   └── DataError            a file is missing, broken or contradicts itself (file:line)
├── InfrastructureError   3  what the machine offers is not enough
│   ├── EngineError          the Docker engine or the sandbox image
│   │   └── ImageChanged     the image was built anew during a run
│   ├── SandboxLost          a sandbox died under a block; the block may be run again elsewhere
│   ├── BlockCancelled       whoever asked for a block has given it up; it was ended
│   ├── ModelError           a model is missing or cannot be loaded
│   ├── TrainingError        a training taught nothing, or its export is another model
│   ├── GenerationError      a backend refused or failed a request
│   │   ├── EngineLost       the engine behind a generator died; a new one may answer the same request
│   │   ├── AnswerLost       an engine that lives dropped a request; the same request may be sent again
│   │   ├── DeadlineExceeded an endpoint gave no answer within the request's deadline, retries included
│   │   └── RequestRefused   a backend refuses one prompt; only its problem suffers
│   │       └── PromptTooLong    it does not fit the model's context
│   ├── RewardLost           the reward service gave no reward; nothing is known about the program
│   ├── ClusterError         Ray: no cluster, no such resource, an actor that will not start
│   └── StorageError         disk full, run directory not writable or of another run
└── Interrupted         130  the user said stop

Every message names the thing and the remedy. Errors take one message argument so that they pickle across actors.
"""


class CodeRMError(Exception):
    """Root of everything this project raises on purpose."""

    exit_code = 3

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InputError(CodeRMError):
    """What the user gave cannot be used."""

    exit_code = 2


class ConfigError(InputError):
    """A setting is unknown, of the wrong type or out of range."""


class DataError(InputError):
    """A file is missing, broken or contradicts itself; the message starts with `file:line` where there is one."""


class InfrastructureError(CodeRMError):
    """What the machine offers is not enough."""

    exit_code = 3


class EngineError(InfrastructureError):
    """The Docker engine does not answer, or the sandbox image is missing or unfit."""


class ImageChanged(EngineError):
    """The sandbox image was built anew during a run: verdicts would depend on when a pair ran."""


class SandboxLost(InfrastructureError):
    """A sandbox died or went silent under a block; nothing is known about the block's verdicts."""


class BlockCancelled(InfrastructureError):
    """A block was ended since whoever asked for it has given it up; its sandbox serves on."""


class ModelError(InfrastructureError):
    """A model is missing or cannot be loaded."""


class TrainingError(InfrastructureError):
    """A training ended without anything learnt, or what it wrote is not what it learnt."""


class GenerationError(InfrastructureError):
    """A generation backend refused or failed a request."""


class EngineLost(GenerationError):
    """The engine behind a generator died under a request; the request may be sent to another."""


class AnswerLost(GenerationError):
    """An engine that lives dropped a request; nothing is known about its answer, and the request may be sent again."""


class DeadlineExceeded(GenerationError):
    """An endpoint gave no usable answer within the request's deadline, all retries included."""


class RequestRefused(GenerationError):
    """A backend refuses one prompt; the request yields rejected samples, the run goes on."""

    rejection = "refused"
    """What the samples are rejected for."""


class PromptTooLong(RequestRefused):
    """One prompt does not fit the model's context."""

    rejection = "prompt_too_long"


class RewardLost(InfrastructureError):
    """The reward service gave no reward for a program: nothing is known about it, and it must not count as wrong."""


class ClusterError(InfrastructureError):
    """Ray has no cluster, too few resources, or an actor that will not start."""


class StorageError(InfrastructureError):
    """The disk is full, or a run directory cannot be written or belongs to another run."""


class Interrupted(CodeRMError):
    """The user said stop."""

    exit_code = 130
