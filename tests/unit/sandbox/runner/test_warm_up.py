"""What the server knows once it is warm."""

import subprocess
import sys
from pathlib import Path

from coderm.sandbox import runner

SCRIPT = """
import sys
sys.path.append({folder!r})
from runner.confinement.box import PlainBox
from runner.purity.interpreter_names import interpreter_names
from runner.serving.warm_up import warm_up
warm_up(PlainBox({scratch!r}))
print(*sorted(interpreter_names()))
"""


def test_it_knows_the_names_of_attributes_of_all_objects_not_only_of_the_youngest(tmp_path: Path) -> None:
    script = SCRIPT.format(folder=str(Path(runner.__file__).parents[1]), scratch=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=120)
    names = set(done.stdout.split())

    assert {"__globals__", "addCleanup", "maketrans", "groupindex", "_testMethodName"} <= names
