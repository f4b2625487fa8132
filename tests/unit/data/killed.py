"""Runs a build in a process that kills itself, as kill -9 does: when a record enters a stage, or the sieve leaves one out in it.

Arguments: folder, stage, record.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from actors.local_build import build_locally
from coderm.config.data import DataConfig
from coderm.data.build import Tally
from coderm.data.records import STAGES, Record, StageName

SIEVE = STAGES[: STAGES.index(StageName.SUITABILITY)]
"""Stages that no record is seen to enter."""


def main() -> None:
    folder, stage, task_id = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    config = DataConfig.model_validate_json((folder / "config.json").read_text())

    def seen(name: str, record: Record) -> None:
        if (name, record.problem.task_id) == (stage, task_id):
            os.kill(os.getpid(), signal.SIGKILL)

    def told(tally: Tally) -> None:
        if stage in SIEVE and tally.rejected[StageName(stage)]:
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(build_locally(config, folder / "out", told, seen, executors=1))


if __name__ == "__main__":
    main()
