"""Whether the libraries of a training are there, and the devices fit, asked before anything is read."""

from importlib.util import find_spec

from coderm.errors import ConfigError, ModelError

LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")


def check_libraries() -> None:
    """Raise ModelError with what to install."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise ModelError(f"training needs {', '.join(missing)}; pip install 'coderm[train]'")


def check_devices(processes: int) -> None:
    """Refuse several GPUs in one process, which the trainer cannot use; processes: how many train together."""
    import torch

    visible = torch.cuda.device_count()
    if processes == 1 and visible > 1:
        raise ConfigError(
            f"{visible} GPUs are visible to one process; set workers.count = {visible} and workers.gpus = 1, or start "
            f"`accelerate launch --num_processes {visible} -m launch train CONFIG.toml`, or show it one by CUDA_VISIBLE_DEVICES"
        )
