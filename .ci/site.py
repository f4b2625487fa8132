"""Hook of mkdocs: pages that are made from the code, and the files beside docs/ that belong to the site."""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
BESIDE = {"CONTRIBUTING.md": "contributing.md", "SECURITY.md": "reporting.md", "CHANGELOG.md": "changelog.md"}
"""Files of the root by their names in the site."""
MODULES = (
    *("coderm.scoring.local", "coderm.client", "coderm.integrations", "coderm.rewards"),
    *("coderm.messages.execution", "coderm.messages.results", "coderm.selection.base", "coderm.selection.pass_matrix"),
    *("coderm.evaluation.intervals", "coderm.evaluation.pass_at_k", "coderm.quality.columns", "coderm.quality.covering"),
    *("coderm.quality.kills", "coderm.errors"),
)
"""What a user of the library meets first; each is one section."""


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that no file of docs/ holds."""
    made = {
        "reference/commands.md": commands_page(),
        "reference/library.md": library_page(),
        **{name: (ROOT / path).read_text("utf-8") for path, name in BESIDE.items()},
    }
    for name, text in made.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Point links that leave docs/ at their pages of the site."""
    up = "../" * page.file.src_uri.count("/")
    if page.file.src_uri in BESIDE.values():
        markdown = re.sub(r"\]\(docs/", "](", markdown)
    for path, name in BESIDE.items():
        markdown = re.sub(rf"\]\((?:\.\./)*{re.escape(path)}", f"]({up}{name}", markdown)
    return re.sub(r"\]\(README\.md(#[\w-]+)?\)", "](index.md)", markdown)


def commands_page() -> str:
    """Return every command with its help, as `coderm COMMAND --help` prints it."""
    from cluster.cli import parser

    top = parser()
    parts = ["# Commands\n", f"```text\n{top.format_help()}```\n"]
    for name, found in _subcommands(top):
        parts.append(f"## coderm {name}\n\n```text\n{found.format_help()}```\n")
        parts += [f"### coderm {name} {action}\n\n```text\n{inner.format_help()}```\n" for action, inner in _subcommands(found)]
    return "\n".join(parts)


def library_page() -> str:
    """Return one section a module, filled by its docstrings."""
    head = "# Library\n\nWhat `import coderm` offers, by module. All else is reached from these.\n"
    return "\n".join([head, *(f"## {name}\n\n::: {name}\n    options:\n      show_root_heading: false\n" for name in MODULES)])


def _subcommands(of: argparse.ArgumentParser) -> list[tuple[str, argparse.ArgumentParser]]:
    return [pair for action in of._actions if isinstance(action, argparse._SubParsersAction) for pair in action.choices.items()]
