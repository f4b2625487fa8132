"""The two prompts, their templates, and which candidate the test writer is shown.

Owns wording only; knows no backend. The test writer's prompt keeps the section names and the order that the released CodeRM
weights were tuned on; a config may replace every word, with the placeholders {question} {code} {prompt} {entry_point}.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

from coderm.config.schema import PromptConfig
from coderm.errors import ConfigError
from coderm.messages.generation import Role
from coderm.messages.problem import ChatMessage, Problem
from coderm.storage.surrogates import replaced

Strategy = Literal["first", "most_common", "rotate"]

SOLUTION_REQUEST = """\
Write a self-contained Python script that solves the problem below. Answer with one markdown code block that holds the complete \
function, its imports and whatever it needs; no usage example and no tests.

"""
SOLUTION_FENCE = "```python\n{prompt}\n```\n"
SOLUTION_STUB = SOLUTION_REQUEST + SOLUTION_FENCE
SOLUTION_QUESTION_AND_STUB = SOLUTION_REQUEST + "{question}\n\nComplete this code:\n" + SOLUTION_FENCE
SOLUTION_QUESTION = SOLUTION_REQUEST + "{question}\n\nThe function must be named `{entry_point}`.\n"
SOLUTION_BARE = SOLUTION_REQUEST + "{question}\n"
SCRIPT_REQUEST = """\
Write a self-contained Python script that solves the problem below. It reads standard input and writes standard output. Answer \
with one markdown code block that holds the complete script; no tests.

{question}
"""

CASE = """\
Here are a question and a code answer to it. The program reads standard input and writes standard output. Write one test case \
that checks whether the code answer is right: an input that the question allows, and the output that the question asks for. Work \
the output out from the question, since the code answer may be wrong. Write everything out; no dots, no expressions, no remarks.

### question
{question}

### code solution
{code}

Answer in this form:

<case>
<input>
the input
</input>
<output>
the output
</output>
</case>
"""

UNIT_TEST = """\
Here are a question and a code answer to it. Write test cases that check whether the code answer is right. Use Python's unittest \
library and put all test cases into one test class.

### question
{question}

### code solution
{code}

Comment each test case in detail. Do not test whether the function raises exceptions.
"""

PLACEHOLDER = re.compile(r"\{\{([A-Za-z_]\w*)\}\}|\{([A-Za-z_]\w*)\}")
KNOWN: Mapping[Role, frozenset[str]] = {
    "policy": frozenset({"question", "prompt", "entry_point"}),
    "coderm": frozenset({"question", "prompt", "entry_point", "code"}),
}
NEEDED: Mapping[Role, tuple[frozenset[str], ...]] = {
    "policy": (frozenset({"question", "prompt"}),),
    "coderm": (frozenset({"question"}), frozenset({"code"})),
}
"""Per role, groups of which a template must have at least one each."""


def render_solution(problem: Problem, config: PromptConfig) -> tuple[ChatMessage, ...]:
    """Return the chat that asks the policy for a program. Raises ConfigError for a template that cannot work.

    In a template of one's own, {prompt} is the question where a problem has no stub.
    """
    template = config.template or _default_solution(problem)
    check_template(template, "policy")
    values = {
        "question": problem.question.strip(),
        "prompt": (problem.prompt or problem.question).strip("\n"),
        "entry_point": problem.entry_point,
    }
    return _chat(config.system, fill(template, values))


def render_unit_test(problem: Problem, code: str, config: PromptConfig) -> tuple[ChatMessage, ...]:
    """Return the chat that asks for a unit test, showing one candidate; the problem's own messages win over any template.

    Of a problem whose programs read standard input it asks for an input and output case, as `extract_cases` reads it.
    """
    if problem.messages:
        return problem.messages
    template = config.template or (UNIT_TEST if problem.cases is None else CASE)
    check_template(template, "coderm")
    values = {
        "question": problem.question.strip(),
        "prompt": problem.prompt.strip("\n"),
        "entry_point": problem.entry_point,
        "code": code.strip("\n"),
    }
    return _chat(config.system, fill(template, values))


@lru_cache(maxsize=64)
def check_template(template: str, role: Role) -> None:
    """Refuse a template with an unknown placeholder or without one that its role needs; raises ConfigError."""
    names = {match[2] for match in PLACEHOLDER.finditer(template) if match[2]}
    for name in sorted(names - KNOWN[role]):
        known = " ".join(f"{{{item}}}" for item in sorted(KNOWN[role]))
        raise ConfigError(
            f"{role}.prompt.template: unknown placeholder {{{name}}}; known: {known}; write {{{{{name}}}}} for braces"
        )
    for group in NEEDED[role]:
        if not names & group:
            wanted = " or ".join(f"{{{item}}}" for item in sorted(group))
            raise ConfigError(f"{role}.prompt.template: {wanted} is missing, so the model would not see it; add it")


def fill(template: str, values: Mapping[str, str]) -> str:
    """Replace {name} by its value in one pass, so that braces inside values stay; {{name}} gives {name}, other braces stay."""
    return PLACEHOLDER.sub(lambda match: f"{{{match[1]}}}" if match[1] else values[match[2]], template)


def pick_candidate(strategy: Strategy, programs: Sequence[tuple[str, int]], batch_index: int) -> str:
    """Return the candidate that one request of the test writer shows.

    `programs` are the distinct usable candidates with their counts, in sampling order, at least one; `batch_index` counts the
    requests for this problem. `most_common` breaks ties by sampling order.
    """
    match strategy:
        case "first":
            return programs[0][0]
        case "most_common":
            return max(programs, key=lambda item: item[1])[0]
        case "rotate":
            return programs[batch_index % len(programs)][0]


def _default_solution(problem: Problem) -> str:
    if problem.cases is not None:
        return SCRIPT_REQUEST
    if not problem.prompt.strip():
        return SOLUTION_QUESTION if problem.entry_point else SOLUTION_BARE
    said = _squeezed(problem.question) in _squeezed(problem.prompt)
    return SOLUTION_STUB if said else SOLUTION_QUESTION_AND_STUB


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _chat(system: str, user: str) -> tuple[ChatMessage, ...]:
    asked = ChatMessage("user", replaced(user))  # a candidate shown to the test writer may hold a lone surrogate
    return (ChatMessage("system", system), asked) if system else (asked,)
