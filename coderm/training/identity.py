"""What makes two trainings the same: the settings that decide the weights, the rows as rendered, and the model's files."""

import json
from pathlib import Path
from typing import Any

from coderm.config.training import TrainConfig
from coderm.messages.hashing import content_hash
from coderm.training.measuring import Measured

_DECIDES_NOTHING: Any = {
    "checkpoints": True,
    "export": True,
    "sandbox": True,
    "quality": True,
    "workers": {"address", "retries", "cpus"},
    "data": {"path", "held_out", "licence"},  # the rows themselves are told apart
}
"""Settings that may change between two starts of one training."""


def identity_of(config: TrainConfig, rows: Measured, held_out: Measured, model: str) -> str:
    """Return the digest under which checkpoints are kept and a run in Ray is named. model: where its files are, or a hub id."""
    settings = json.dumps(config.model_dump(mode="json", exclude=_DECIDES_NOTHING), sort_keys=True)
    learnt = [f"{list(row.prompt)}{list(row.response)}" for row in rows.rows]
    return content_hash(settings, _files(Path(model)), rows.prompts, held_out.prompts, content_hash(*learnt))


def _files(model: Path) -> str:
    """A directory whose files changed is another model under the same name; their sizes and the config say so cheaply."""
    if not model.is_dir():
        return ""
    sizes = sorted((file.name, file.stat().st_size) for file in model.iterdir() if file.is_file())
    return f"{sizes}{(model / 'config.json').read_text(encoding='utf-8', errors='replace')}"
