"""From a finished build to its files, and what to say of one that has nothing to show."""

from pathlib import Path
from typing import Any

from coderm.config.data import DataConfig
from coderm.data.build import Tally
from coderm.data.card import Circumstances, write_card, write_manifest
from coderm.data.output import REJECTS, totals_of, write_data
from coderm.data.store import Store
from coderm.errors import DataError


def finish(directory: Path, config: DataConfig, tally: Tally, store: Store, told: Circumstances) -> dict[str, Any]:
    """Write all files and return the manifest. Raises DataError where no record is left, once everything is written."""
    files = write_data(directory, store)
    totals = totals_of(store)
    manifest = write_manifest(directory, config, tally, totals, files, told)
    write_card(directory, config, tally, totals, store, told)
    if not totals.rows:
        raise DataError(f"{directory}: the data set is empty; {_last_stage(tally)}; {REJECTS} has the reasons")
    return manifest


def _last_stage(tally: Tally) -> str:
    """Say where the last records ended."""
    last = next(((stage, came) for stage, came, went in tally.flow() if came and not went), None)
    if last is None:
        return "the sources have no row"
    stage, came = last
    why = ", ".join(f"{reason} {count}" for reason, count in sorted(tally.rejected[stage].items()))
    return f"all {came} records that came to the stage {stage} ended there ({why})"
