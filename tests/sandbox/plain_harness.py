"""A harness as they are commonly written: exec in a child process, an alarm, pass when the result says so. It protects nothing.

Takes the arguments of the released CodeRM harness. The scoreboard's third column is tested with it.
"""

import argparse
import io
import json
import multiprocessing
import signal
from pathlib import Path
from typing import Any

SECONDS = 5


def judge(code, verdicts):
    """Run one text in this process and put its verdict into the shared list."""
    signal.alarm(SECONDS)
    space: dict[str, Any] = {"output": io.StringIO(), "locals_dict": {}}
    try:
        exec(code, space)
        verdicts.append("pass" if space["locals_dict"]["result"].wasSuccessful() else "fail")
    except BaseException as error:  # noqa: BLE001 - whatever the program raises is its result
        verdicts.append(f"error: {type(error).__name__}")


def main():
    """Judge every line of the input."""
    parser = argparse.ArgumentParser()
    for name in ("input_path", "output_path", "mp_num", "chunk_size", "recover"):
        parser.add_argument(f"--{name}")
    options = parser.parse_args()
    lines = []
    for line in Path(options.input_path).read_text().splitlines():
        pair = json.loads(line)
        with multiprocessing.Manager() as manager:
            verdicts = manager.list()
            process = multiprocessing.Process(target=judge, args=(pair["code"], verdicts))
            process.start()
            process.join(2 * SECONDS)
            process.kill()
            result = verdicts[0] if verdicts else "timeout"
        lines.append(json.dumps({key: pair[key] for key in ("task_id", "sol_id", "ut_id")} | {"result": result}))
    Path(options.output_path).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
