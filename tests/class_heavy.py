"""The class-heavy set: small classes as people and models write them, with programs and tests whose verdicts are known.

Each file of tests/data/class_heavy is one problem; the README there tells the form. `read_set` reads all of them. As a command:
`python tests/class_heavy.py record` judges every pair by plain Python and writes the verdicts down, and
`python tests/class_heavy.py write DIR` writes the files that `coderm score` reads.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "data" / "class_heavy"
EXPECTED = FOLDER / "expected.json"
PLAIN = Path(__file__).parent / "plain_verdicts.py"
_PART = re.compile(r"## (right|wrong|test|test, may be unserved): ([^\n]+)\n+```python\n(.*)```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """A program or a test: what the heading calls it, what it is about, its text."""

    kind: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ClassProblem:
    """One problem; `verdicts` has a text per program with a character per test: 1 passes, 0 does not."""

    task_id: str
    entry_point: str
    question: str
    programs: tuple[Part, ...]
    tests: tuple[Part, ...]
    verdicts: tuple[str, ...]


def read_set() -> list[ClassProblem]:
    """Read all problems with their recorded verdicts, in the order of their names."""
    recorded = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    return [read_problem(path, tuple(recorded.get(path.stem, ()))) for path in sorted(FOLDER.glob("*.md")) if path.stem != "README"]


def read_problem(path: Path, verdicts: tuple[str, ...] = ()) -> ClassProblem:
    """Read one file: the title is the entry point, the text below it the task, each further heading a program or a test."""
    text = path.read_text()
    head, *rest = re.split(r"(?=^## )", text, flags=re.MULTILINE)
    title, _, question = head.partition("\n")
    parts = []
    for piece in rest:
        found = _PART.fullmatch(piece.strip())
        if not found:
            raise ValueError(f"{path.name}: no part of the known form: {piece.splitlines()[0]!r}; see README.md beside it")
        parts.append(Part(*found.groups()))
    programs = tuple(part for part in parts if part.kind in ("right", "wrong"))
    tests = tuple(part for part in parts if part.kind.startswith("test"))
    return ClassProblem(path.stem, title.removeprefix("# ").strip(), question.strip(), programs, tests, verdicts)


def plain_verdicts(problems: list[ClassProblem]) -> dict[str, list[str]]:
    """Judge every pair by plain Python: a fresh process and an empty directory for each."""
    rows = [[p.task_id, [part.text for part in p.programs], [part.text for part in p.tests]] for p in problems]
    done = subprocess.run([sys.executable, "-B", str(PLAIN)], input=json.dumps(rows), capture_output=True, text=True, check=True)
    verdicts: dict[str, list[str]] = json.loads(done.stdout)
    return verdicts


def record() -> None:
    """Write the verdicts of plain Python down, one program per line."""
    EXPECTED.write_text(json.dumps(plain_verdicts(read_set()), indent=1) + "\n")


def write(folder: Path) -> None:
    """Write problems.jsonl, candidates.jsonl and tests.jsonl as `coderm score` reads them."""
    problems = read_set()
    files: dict[str, list[dict[str, object]]] = {
        "problems": [{"task_id": p.task_id, "question": p.question, "entry_point": p.entry_point} for p in problems],
        "candidates": [{"task_id": p.task_id, "solutions": [part.text for part in p.programs]} for p in problems],
        "tests": [{"task_id": p.task_id, "unit_tests": [part.text for part in p.tests]} for p in problems],
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["record"]:
            record()
        case ["write", target]:
            write(Path(target))
        case _:
            sys.exit("usage: python tests/class_heavy.py record | write DIR")
