#!/usr/bin/env bash
# reward-kit 0.4.1: local_code_execution_reward and fractional_code_reward give the full reward 1.0 to some wrong outputs. A list in
# another order counts as equal, and so does one with other repetitions, since for each wanted item the most alike printed one is
# taken; a number that is off by up to 0.1 % counts as equal, 10001 for 10000 too; lines are joined before anything is compared. A
# near miss earns most of the reward: 13 for 12 gives 0.7. One would expect the tolerance to be for floats, and order to count. The
# same library's deepcoder_code_reward compares text, so one output gets 1.0 from one function and 0.0 from the other. (mcp and
# pydantic are pinned since the import fails with newer ones.)
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q reward-kit==0.4.1 mcp==1.12.4 pydantic==2.11.7

cat > "$work/run.py" <<'PYTHON'
from reward_kit.models import Message
from reward_kit.rewards.code_execution import fractional_code_reward, local_code_execution_reward
from reward_kit.rewards.deepcoder_reward import deepcoder_code_reward

WANTED_AND_PRINTED = (
    ("[1, 2, 3]", "[1, 2, 3]"),
    ("[1, 2, 3]", "[3, 1, 2]"),
    ("[1, 2, 2]", "[1, 1, 2]"),
    ("10000", "10001"),
    ("12", "13"),
    ("1\n2 3", "1 2\n3"),
)
for wanted, printed in WANTED_AND_PRINTED:
    code = f"```python\nprint({printed!r})\n```"
    said = {"messages": [Message(role="user", content="Print it."), Message(role="assistant", content=code)], "language": "python"}
    plain = local_code_execution_reward(ground_truth=wanted, **said).score
    part = fractional_code_reward(ground_truth=wanted, **said).score
    text = deepcoder_code_reward(ground_truth=[{"input": "", "expected_output": wanted}], **said).score
    print(f"wanted {wanted!r}, printed {printed!r}: {plain} {part} {text}")
PYTHON

expected="wanted '[1, 2, 3]', printed '[1, 2, 3]': 1.0 1.0 1.0
wanted '[1, 2, 3]', printed '[3, 1, 2]': 1.0 1.0 0.0
wanted '[1, 2, 2]', printed '[1, 1, 2]': 1.0 1.0 0.0
wanted '10000', printed '10001': 1.0 1.0 0.0
wanted '12', printed '13': 0.7 0.7 0.0
wanted '1\\n2 3', printed '1 2\\n3': 1.0 1.0 1.0"
found=$("$work/venv/bin/python" "$work/run.py" 2>/dev/null)
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
