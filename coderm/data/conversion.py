"""A program of standard input as a function: what the model is asked for, how its answer is read, and how it is proved.

The answer is a module with the function, `read_input(text) -> arguments` and `write_output(result) -> text`. It is proved by
running the function between the two on every original case. The two are kept apart: they put the weak model's functions to the
same cases.
"""

import ast
from dataclasses import dataclass

from coderm.data.stages.syntax_filter import needs
from coderm.extract.answers.snippets import read_answer
from coderm.extract.syntax.editing import first_line
from coderm.extract.syntax.entry import is_stub
from coderm.extract.syntax.parsing import BadSyntax, compiles, parse
from coderm.extract.syntax.scopes import Function, called, functions, unbound
from coderm.messages.problem import ChatMessage, Problem
from coderm.storage.surrogates import replaced

READ, WRITE = "read_input", "write_output"
SHOWN = 2000
"""Characters of a case shown: a long one would fill the context."""

PROMPT = """\
The program below reads standard input and prints its answer. Rewrite it as a function that gets its input as arguments and \
returns its answer.

### question
{question}

### code solution
{code}

### an input
{given}

### its output
{wanted}

Answer with one Python code block that defines exactly these at top level, besides imports and helper functions:

- the function, under a name that says what it computes, with type hints. It neither reads input nor prints.
- `read_input(text)`, which gets the whole input as text and returns a tuple with the function's arguments.
- `write_output(result)`, which gets what the function returned and returns the text to print.
"""

MAIN = """

if __name__ == "__main__":
    import sys
    sys.stdout.write({write}({function}(*{read}(sys.stdin.read()))))
"""

RAW_TEST = """\
import unittest


class ArgumentsAreParsed(unittest.TestCase):
    def test_the_arguments_are_not_the_text_itself(self):
        text = {text!r}
        arguments = read_input(text)
        self.assertIsInstance(arguments, tuple)
        self.assertFalse(len(arguments) == 1 and isinstance(arguments[0], str) and arguments[0].split() == text.split())
"""


@dataclass(frozen=True, slots=True)
class Conversion:
    """name: of the function; reference: the module without the two adapters; adapter: the two, with the imports they need."""

    name: str
    reference: str
    adapter: str
    signature: str


def conversion_prompt(problem: Problem) -> tuple[ChatMessage, ...]:
    """Return the chat that asks for a conversion; shows the first case."""
    case = problem.cases.cases[0] if problem.cases is not None and problem.cases.cases else None
    text = PROMPT.format(
        question=problem.question.strip(),
        code=problem.reference.strip(),
        given="" if case is None else case.input[:SHOWN].strip("\n"),
        wanted="" if case is None else case.expected[:SHOWN].strip("\n"),
    )
    return (ChatMessage("user", replaced(text)),)


def read_conversion(text: str) -> Conversion | str:
    """Read an answer; a text that says what is wrong with it otherwise."""
    modules = [item.code for item in read_answer(text).snippets if item.code is not None]
    module = next((code for code in reversed(modules) if {READ, WRITE} <= functions(code.tree.body).keys()), None)
    if module is None:
        return f"no code block with {READ} and {WRITE}"
    if (error := compiles(module.text)) is not None:
        return error.message
    tree = module.tree
    name = _function(tree)
    if name is None:
        return "no function besides the two"
    lines = module.text.split("\n")
    own = [node for node in tree.body if not _is_guard(node)]
    adapters = [node for node in own if isinstance(node, Function) and node.name in (READ, WRITE)]
    imports = [node for node in own if isinstance(node, ast.Import | ast.ImportFrom)]
    reference = _text(lines, [node for node in own if node not in adapters])
    adapter = _text(lines, [*imports, *adapters])
    return _checked(Conversion(name, reference, adapter, _signature(tree, name)))


def _checked(found: Conversion) -> Conversion | str:
    if lacking := unbound(found.adapter):
        return f"{READ} or {WRITE} uses {', '.join(sorted(lacking)[:3])}"
    tree = parse(found.reference)
    if isinstance(tree, BadSyntax):
        return tree.message
    if {READ, WRITE} & unbound(found.reference):
        return f"the function uses {READ} or {WRITE}"
    if needed := needs(tree):
        return f"the function uses {', '.join(sorted(needed))}"
    if "print" in called(tree):
        return "the function prints"
    node = functions(tree.body)[found.name]
    if not (node.args.posonlyargs or node.args.args):
        return "the function has no parameter"
    return (
        found if any(isinstance(item, ast.Return) and item.value is not None for item in ast.walk(node)) else "nothing is returned"
    )


def script(program: str, function: str, adapter: str) -> str:
    """Return a program of standard input that puts a case to a function."""
    return f"{program.rstrip()}\n\n\n{adapter.rstrip()}\n{MAIN.format(function=function, read=READ, write=WRITE)}"


def raw_test(text: str) -> str:
    """Return the unit test that fails where the arguments are nothing but the input's text."""
    return RAW_TEST.format(text=text)


def _function(tree: ast.Module) -> str | None:
    """Return the function that no other calls, the last of several; helpers are called."""
    found = {name: node for name, node in functions(tree.body).items() if name not in (READ, WRITE) and not is_stub(node)}
    inner = {name for own, node in found.items() for name in called(node) if name != own}
    free = [name for name in found if name not in inner and not name.startswith("_")]
    return free[-1] if free else None


def signature_of(program: str, name: str) -> str:
    """Return the head of a function as source."""
    tree = parse(program)
    return "" if isinstance(tree, BadSyntax) or name not in functions(tree.body) else _signature(tree, name)


def _signature(tree: ast.Module, name: str) -> str:
    node = functions(tree.body)[name]
    returns = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
    head = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    return f"{head} {name}({ast.unparse(node.args)}){returns}:"


def _is_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))


def _text(lines: list[str], nodes: list[ast.stmt]) -> str:
    return "\n\n".join("\n".join(lines[first_line(node) - 1 : node.end_lineno]) for node in nodes) + "\n"
