"""Data sets of the Hugging Face hub, or directories in their format, through the optional package `datasets`.

The columns decide how rows are read, so that copies under other names work too. Rows are read from the package's cache on disk,
not held in memory; what is cached once is found again without a network. Fetching is tried a bounded number of times.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coderm.errors import DataError, InfrastructureError
from coderm.messages.problem import Problem
from coderm.problems import coderm_release as coderm_files
from coderm.problems import generic as jsonl
from coderm.problems import humaneval, livecodebench, mbpp
from coderm.problems.contests import apps, code_contests, codeforces, deepcoder, prime, taco
from coderm.problems.reading import Converter, Faults, problems_from_rows

_NAMES = {
    "openai_humaneval": "openai/openai_humaneval",
    "humaneval": "openai/openai_humaneval",
    "humanevalplus": "evalplus/humanevalplus",
    "mbpp": "google-research-datasets/mbpp",
    "mbppplus": "evalplus/mbppplus",
    "CodeRM-UnitTest": "KAKA22/CodeRM-UnitTest",
}
"""Short names in common use."""

_BY_COLUMNS: tuple[tuple[frozenset[str], Converter], ...] = (
    (frozenset({"prompt", "entry_point", "canonical_solution"}), humaneval.problem_from_row),
    (frozenset({"code", "test_list"}), mbpp.problem_from_row),
    (frozenset({"question_content", "starter_code", "metadata"}), livecodebench.problem_from_row),
    (frozenset({"question", "code_ground_truth", "unit_tests"}), coderm_files.problem_from_row),
    (frozenset({"task_id", "messages"}), coderm_files.problem_from_row),
    (frozenset({"question", "input_output", "problem_id"}), apps.problem_from_row),
    (frozenset({"question", "input_output"}), taco.problem_from_row),
    (frozenset({"description", "public_tests"}), code_contests.problem_from_row),
    (frozenset({"description", "test_cases"}), code_contests.problem_from_row),
    (frozenset({"description", "official_tests"}), codeforces.problem_from_row),
    (frozenset({"prompt", "reward_model"}), prime.problem_from_row),
    (frozenset({"problem", "tests"}), deepcoder.problem_from_row),
    (frozenset({"prompt", "verification_info"}), deepcoder.problem_from_row),
    (frozenset({"problem", "verification_info"}), deepcoder.problem_from_row),
    (frozenset({"task_id", "question"}), jsonl.problem_from_row),
    (frozenset({"task_id", "prompt"}), jsonl.problem_from_row),
)
"""The first entry whose columns are all there reads the rows."""


def read_hub(name: str, split: str = "test", faults: Faults | None = None) -> Iterator[Problem]:
    """Yield the problems of one split of a hub data set or of a local directory.

    Raises DataError for a data set, split or columns that do not fit, InfrastructureError when it cannot be fetched.
    """
    rows = load_split(name, split)
    convert = converter_of(frozenset(rows.column_names), f"{name}[{split}]")
    yield from problems_from_rows(((f"{name}[{split}]:{number}", dict(row)) for number, row in enumerate(rows, 1)), convert, faults)


def load_split(name: str, split: str) -> Any:
    """Return the split as an on-disk table; raises as `read_hub` does."""
    name = _NAMES.get(name, name)
    try:
        import datasets
    except ImportError:
        raise InfrastructureError(f"{name}: the package 'datasets' is missing; run: pip install datasets") from None
    try:
        if not any((Path(name) / marker).exists() for marker in ("state.json", "dataset_dict.json")):
            return datasets.load_dataset(name, split=split, download_config=datasets.DownloadConfig(max_retries=1))
        loaded = datasets.load_from_disk(name)
    except (ConnectionError, TimeoutError) as error:
        raise InfrastructureError(_unreachable(name, error)) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise _explain(name, split, error) from None
    if not isinstance(loaded, dict):
        return loaded
    if split not in loaded:
        raise DataError(f"{name}: no split {split!r}; set problems.split to one of {', '.join(loaded)}")
    return loaded[split]


def _explain(name: str, split: str, error: Exception) -> Exception:
    """Tell a data set that cannot be fetched from one that does not fit."""
    from huggingface_hub.errors import HfHubHTTPError

    if isinstance(error, HfHubHTTPError):
        return InfrastructureError(_unreachable(name, error))
    if "scripts are no longer supported" in str(error):
        return DataError(f"{name}: this data set is a script; download its .jsonl files and name one with the reader for it")
    return DataError(f"{name}[{split}]: cannot be read ({_first_line(error)}); check problems.path and problems.split")


def _unreachable(name: str, error: Exception) -> str:
    return (
        f"{name}: the hub cannot be reached and the data set is not cached ({_first_line(error)}); "
        "connect and try again, or download its file and use the reader for it"
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def converter_of(columns: frozenset[str], where: str) -> Converter:
    """Return the reader of rows with these columns. Raises DataError where none fits."""
    for needed, convert in _BY_COLUMNS:
        if needed <= columns:
            return convert
    raise DataError(
        f"{where}: no reader for the columns {', '.join(sorted(columns))}; convert the rows to the generic JSONL format"
    )
