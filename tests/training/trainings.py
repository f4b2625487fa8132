"""Tiny trainings: rows that a model of some thousand weights can learn, a config, and the command."""

import json
import subprocess
import sys
from pathlib import Path

from tiny_models import make_model

from coderm.config.loader import load_train_config
from coderm.training.fitting import fit

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
model = { name = "model" }
data = { path = "sft.jsonl", max_length = 128, held_out_share = 0.2 }
optimisation = { learning_rate = 1e-2, batch = 2, max_steps = 8, log_steps = 2, evaluate_steps = 4 }
checkpoints = { every_steps = 3 }
"""


def rows(number=40):
    """Sums that are not hard to begin right."""
    for place in range(number):
        asked, answer = f"add {place} and {place + 1}", f"the sum is {2 * place + 1}"
        turns = [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
        yield {"messages": turns, "task_id": f"sum/{place}"}


def write(folder: Path, config=CONFIG, **model) -> Path:
    """Write model, rows and config into a folder; return the config's path."""
    make_model(folder / "model", **model)
    (folder / "sft.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows()))
    (folder / "tiny.toml").write_text(config)
    return folder / "tiny.toml"


def trained(config: Path, out: Path, *overrides, told=None):
    """Train in this process; return the report."""
    out.mkdir(exist_ok=True)
    return fit(load_train_config(config, list(overrides), {}), out, (told if told is not None else []).append)


def command(config: Path, out: Path, *overrides):
    words = [word for override in overrides for word in ("--set", override)]
    return [sys.executable, "-m", "launch", "train", str(config), "--out", str(out), *words]


def start(words, **more):
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def weights(path: Path):
    from safetensors.numpy import load_file

    return load_file(path)
