"""How a problem and a candidate are shown to the model whose states are read: as the chat in which it would write that answer.

The wording does not follow the run's prompt settings, so that a probe serves any run. `RENDERING` in messages/hidden_states numbers
this file: raise it with every change of what is shown.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError

from coderm.config.schema import PromptConfig
from coderm.errors import GenerationError
from coderm.generation.prompts import render_solution
from coderm.messages.hidden_states import StatesRequest
from coderm.messages.problem import Problem
from coderm.storage.surrogates import replaced

ANSWER = "```python\n{code}\n```"


@dataclass(frozen=True, slots=True)
class Text:
    """One text as tokens. start: first token that is judged. weight: candidates it stands for."""

    tokens: tuple[int, ...]
    start: int
    weight: int


def shown_texts(tokenizer: Any, request: StatesRequest) -> list[Text]:
    """Return the texts of a request, distinct candidates once; raises GenerationError where a chat template refuses."""
    prompt = _prompt_tokens(tokenizer, request)
    if not request.candidates:
        return [_clipped(prompt, 0, 1, request.spec.max_tokens)]
    answers = Counter(replaced(code).strip("\n") for code in request.candidates)
    texts = ((tokenizer.encode(ANSWER.format(code=code), add_special_tokens=False), count) for code, count in answers.items())
    return [_clipped([*prompt, *answer], len(prompt), count, request.spec.max_tokens) for answer, count in texts]


def _clipped(tokens: list[int], start: int, weight: int, limit: int) -> Text:
    cut = max(len(tokens) - limit, 0)
    return Text(tuple(tokens[cut:]), max(start - cut, 0), weight)


def _prompt_tokens(tokenizer: Any, request: StatesRequest) -> list[int]:
    problem = Problem(request.task_id, request.question, request.entry_point, request.prompt)
    messages = render_solution(problem, PromptConfig())
    if tokenizer.chat_template is None:
        return list(tokenizer.encode("\n\n".join(message.content for message in messages)))
    turns = [{"role": message.role, "content": message.content} for message in messages]
    try:
        return list(tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False))
    except (TemplateError, ValueError, TypeError) as error:
        raise GenerationError(
            f"{request.task_id}: the chat template of {request.spec.model} refuses the prompt ({error})"
        ) from None
