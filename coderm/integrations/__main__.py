"""`python -m coderm.integrations NAME [FILE]`: run an adapter's fixtures against the service of CODERM_SERVICE_URL."""

import importlib
import sys

from coderm.errors import CodeRMError
from coderm.integrations.verifying import failures, verify

ADAPTERS = {
    "trl": "coderm_reward",
    "verl": "compute_score",
    "openrlhf": "reward_func",
    "skyrl": "play",
}


def main(words: list[str]) -> int:
    """Print a line for each fixture; return 0 if all hold, 1 if not, 2 for a name that is none."""
    if not words or words[0] not in ADAPTERS or len(words) > 2:
        print(f"usage: python -m coderm.integrations {{{','.join(ADAPTERS)}}} [FIXTURES.jsonl]", file=sys.stderr)
        return 2
    adapter = getattr(importlib.import_module(f"coderm.integrations.{words[0]}"), ADAPTERS[words[0]])
    try:
        found = verify(adapter, words[1] if len(words) == 2 else words[0])
    except CodeRMError as error:
        print(error.message, file=sys.stderr)
        return error.exit_code
    print("\n".join(map(str, found)))
    return 1 if failures(found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
