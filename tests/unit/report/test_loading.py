"""What a run's files need is loaded before they are written, and nothing of it before a run."""

import subprocess
import sys

CHECK = """
import sys
import cluster.commands.jobs
libraries = {"jinja2", "pyarrow.parquet", "plotly.offline"}
assert not libraries & set(sys.modules), libraries & set(sys.modules)
from coderm.report.summary import load_libraries
load_libraries()
assert libraries <= set(sys.modules), libraries - set(sys.modules)
for name in ("ray", "vllm", "torch", "coderm.config.training", "coderm.config.data", "packaging.requirements"):
    assert name not in sys.modules, name
"""


def test_a_command_loads_the_libraries_of_its_files_only_when_asked():
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
