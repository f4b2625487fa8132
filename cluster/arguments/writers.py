"""Arguments of `coderm data` and `coderm train`."""

from pathlib import Path
from typing import Any

from cluster.arguments.shared import RAW, overrides, run_options

_DATA_EXAMPLES = """examples:
  coderm data build examples/data_tiny.toml --out runs/data          recorded generations: no model is needed
  coderm data build examples/data_tiny.toml --dry-run                stages and sizes; nothing is started
"""

_TRAIN_EXAMPLES = """examples:
  coderm train examples/train_tiny.toml --set optimisation.max_steps=2 --out runs/tiny    a few steps of LoRA on the CPU
  coderm train examples/train_coderm8b.toml --dry-run                                     what the full recipe takes

What was trained is in DIR/model (DIR/adapter for LoRA), which vLLM loads. The same command goes on from the newest checkpoint.
"""


def add_data(commands: Any) -> None:
    """Add those of `data`."""
    data = commands.add_parser("data", help="make training data for a test writer", epilog=_DATA_EXAMPLES, formatter_class=RAW)
    actions = data.add_subparsers(dest="action", required=True, metavar="build")
    build = actions.add_parser(
        "build", help="from sources to a data set; docs/data.md has the stages", epilog=_DATA_EXAMPLES, formatter_class=RAW
    )
    build.add_argument("config", type=Path, metavar="CONFIG.toml", help="settings; see examples/data_tiny.toml")
    build.add_argument(
        "--dry-run", action="store_true", help="print the stages and the most that each would ask for; starts nothing"
    )
    run_options(build)


def add_train(commands: Any) -> None:
    """Add those of `train`."""
    train = commands.add_parser("train", help="fine-tune a test writer", epilog=_TRAIN_EXAMPLES, formatter_class=RAW)
    train.add_argument("config", type=Path, metavar="CONFIG.toml", help="settings of docs/training.md; see examples/")
    train.add_argument("--dry-run", action="store_true", help="print sizes, memory, tokens and hours; check what needs no GPU")
    train.add_argument("--out", type=Path, metavar="DIR", help="checkpoints, figures and the model (default: runs/train-CONFIG)")
    overrides(train)
