"""Prints an audit: what was counted, what was estimated, and the problems that need a look."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from coderm.audit.report import COUNTS, SHARES, Figures

MOST_ROWS = 30
"""Problems shown; all are in the JSON file and on the page."""


def print_audit(found: Figures, console: Console) -> None:
    """Print the tables."""
    programs = found["programs"]
    console.print(
        f"{found['problems']} problems, {found['tests']:,} tests; shown to them: {programs['candidates']:,} candidates, "
        f"{programs['mutants']:,} mutants of references, {programs['probes']:,} probes for leaks",
        soft_wrap=True,
    )
    console.print(_counts(found))
    console.print(_shares(found))
    small = found["smallest"]
    console.print(
        f"smallest suites with the same verdicts: {small['tests']:,} of {found['tests']:,} tests; "
        f"{small['exact']} of {small['problems']} are proved to be the smallest, fewer than {small['least']:,} in all cannot do; "
        f"{small['proved']} of {small['problems']} keep every verdict",
        soft_wrap=True,
    )
    console.print(_problems(found))
    for name, told in (("duplicates", "is an earlier problem"), ("contaminated", "is in a benchmark")):
        for one in found[name][:MOST_ROWS]:
            console.print(f"{one['task_id']} {told}: {one['of']}", soft_wrap=True)


def _counts(found: Figures) -> Table:
    table = Table(title="found", title_justify="left")
    for name in ("figure", "count", "what"):
        table.add_column(name, justify="right" if name == "count" else "left")
    for name, told in COUNTS.items():
        table.add_row(name, f"{found['counts'][name]:,}", told)
    return table


def _shares(found: Figures) -> Table:
    table = Table(title="wrong programs that the suites accept", title_justify="left")
    for name in ("figure", "share, 95 % interval", "wrong programs", "estimator"):
        table.add_column(name, justify="left" if name in ("figure", "estimator") else "right")
    for name in SHARES:
        share = found["shares"][name]
        if share is None:
            table.add_row(name, "-", "-", "nothing known to estimate it from")
        else:
            spread = f"{share['mean']:.4f} [{share['low']:.4f}, {share['high']:.4f}]"
            table.add_row(name, spread, f"{share['wrong']:,.0f}", share["source"])
    return table


def _problems(found: Figures) -> Table:
    rows = [(row["task_id"], "; ".join(remarks(row))) for row in found["per_problem"]]
    told = [row for row in rows if row[1]]
    table = Table(title=f"{len(told)} problems need a look", title_justify="left")
    table.add_column("problem")
    table.add_column("what")
    for row in told[:MOST_ROWS]:
        table.add_row(*row)
    if len(told) > MOST_ROWS:
        table.caption = f"{len(told) - MOST_ROWS} more in audit.json and on the page"
    return table


def remarks(row: Figures) -> Iterator[str]:
    """Yield what is wrong with one problem, in words."""
    if not row["tests"]:
        yield "has no tests"
    for name, told in (("wrong", "the reference fails"), ("everything", "pass everything"), ("nothing", "pass nothing")):
        if row[name]:
            yield f"{told}: {_listed(row[name])}"
    if row["wrong_examples"]:
        yield f"the reference fails examples shown: {_listed(row['wrong_examples'])}"
    if row["unsteady"]:
        yield f"unsteady: {_listed(row['unsteady'])}"
    for leak in row["leaks"][:2]:
        told = f", for example on ({leak['witness']})" if leak["witness"] else ""
        yield f"accepts a program that {leak['told']}{told}"
    if len(row["leaks"]) > 2:
        yield f"and {len(row['leaks']) - 2} more"
    if row["equal"]:
        yield f"equal texts: {'; '.join(map(_listed, row['equal']))}"
    if row["lost"]:
        yield f"{row['lost']} pairs lost"


def _listed(places: list[int]) -> str:
    shown = ", ".join(map(str, places[:6]))
    return f"tests {shown}" + (f" and {len(places) - 6} more" if len(places) > 6 else "")
