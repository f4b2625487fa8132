#!/usr/bin/env bash
# inspect-evals 0.26.0 (the same lines stand in 0.28.0), HumanEval: right answers are scored incorrect by how they are laid out. Of the
# model's code block only what follows the first ":\n    " is kept and put behind the prompt. So imports and helper functions that
# stand before the function are lost (NameError), and where the body is indented by two spaces, begins with an empty line, or stands
# on the line of `def`, nothing is found and the first letter is cut off instead ("ef f(x):", SyntaxError). One would expect a whole
# function to be run as it is. A pass rate from there may be too low, by an amount that depends on a model's style.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q inspect-evals==0.26.0

cat > "$work/run.py" <<'PYTHON'
import sys

from inspect_ai import Task, eval
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_evals.humaneval.humaneval import record_to_sample, verify

RECORD = {
    "task_id": "example/0",
    "prompt": 'def root(x: int) -> int:\n    """Return the whole part of the square root."""\n',
    "canonical_solution": "    return int(x ** 0.5)\n",
    "test": "def check(candidate):\n    assert candidate(10) == 3\n",
    "entry_point": "root",
}
HEAD = "def root(x: int) -> int:\n"
ANSWERS = {
    "plain": HEAD + "    return int(x ** 0.5)\n",
    "import": "import math\n\n" + HEAD + "    return math.isqrt(x)\n",
    "helper": "def power(x):\n    return x ** 0.5\n\n" + HEAD + "    return int(power(x))\n",
    "two spaces": HEAD + "  return int(x ** 0.5)\n",
    "empty line": HEAD + "\n    return int(x ** 0.5)\n",
    "one line": HEAD.strip() + " return int(x ** 0.5)\n",
}
for name, answer in ANSWERS.items():
    exec(answer + "assert root(10) == 3", {})
    said = ModelOutput.from_content("mockllm/model", f"```python\n{answer}```")
    said.usage = ModelUsage()  # given, so that no tokenizer is downloaded to count
    task = Task(dataset=[record_to_sample()(RECORD)], scorer=verify(), sandbox="local")
    (log,) = eval(task, model=get_model("mockllm/model", custom_outputs=[said]), display="none", log_dir=sys.argv[1])
    print(f"{name}: {next(iter(log.samples[0].scores.values())).value}")
PYTHON

expected="plain: C
import: I
helper: I
two spaces: I
empty line: I
one line: I"
found=$(cd "$work" && "$work/venv/bin/python" run.py "$work/logs" 2>/dev/null)
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
