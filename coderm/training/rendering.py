"""From a chat to token ids: the prompt as the model will be asked, and the response that it should give.

The response is found by what the rendered chat has behind the rendered prompt, so no template needs marks for it. Both
are tokenised apart, as when a model answers: no token spans both. A response ends with a token that ends an answer.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from coderm.errors import InputError
from coderm.messages.problem import ChatMessage
from coderm.storage.surrogates import replaced

PromptStyle = Literal["clean", "released"]
_QUESTION = (ChatMessage("user", "Which number follows one?"),)
_ANSWER = "The number two."


@dataclass(frozen=True, slots=True)
class Rendered:
    """Token ids of a prompt and of the response to it, and the prompt's text."""

    text: str
    prompt: tuple[int, ...]
    response: tuple[int, ...]


class Renderer:
    """Renders chats for one tokenizer; `ends` are the ids that end an answer, `date` is what templates show as today's.

    Raises InputError, in one line, for a tokenizer without a chat template or end token, or whose template hides the answer.
    """

    def __init__(self, tokenizer: Any, name: str, ends: Sequence[int], style: PromptStyle, date: datetime.date) -> None:
        self._tokenizer = tokenizer
        self._name = name
        self._style = style
        self._date = date
        self.ends = tuple(dict.fromkeys(ends))
        if not getattr(tokenizer, "chat_template", None):
            raise InputError(
                f"model {name}: its tokenizer has no chat template; take an instruct model, or put chat_template.jinja beside it"
            )
        if not self.ends:
            raise InputError(
                f"model {name}: no token ends an answer (eos_token_id is missing); set it in its generation_config.json"
            )
        self.row(_QUESTION, _ANSWER)

    def prompt(self, messages: Sequence[ChatMessage]) -> tuple[str, tuple[int, ...]]:
        """Return text and ids of what the model is asked."""
        released = self._style == "released"
        text = self._text(messages, generation_prompt=not released)
        return text, tuple(self._ids(text, special=released))

    def row(self, messages: Sequence[ChatMessage], answer: str) -> Rendered:
        """Return a chat with its answer. Raises InputError when the answer cannot be found behind the prompt."""
        text, prompt = self.prompt(messages)
        whole = self._text([*messages, ChatMessage("assistant", answer)], generation_prompt=False)
        response = self._ids(self._behind(text, whole, answer), special=False)
        return Rendered(text, prompt, self._ended(response))

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of a response."""
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))

    def _behind(self, prompt: str, whole: str, answer: str) -> str:
        said = replaced(answer.strip())
        if whole.startswith(prompt) and said in whole[len(prompt) :]:
            return whole[len(prompt) :]
        place = whole.rfind(said)  # a template may write less into a finished chat than into its generation prompt
        if place < 0 or self._style == "released":
            raise InputError(
                f"model {self._name}: its chat template does not keep prompt and answer apart, so the response cannot be found; "
                'use another template, or data.prompt_style = "clean"'
            )
        return whole[place:]

    def _ended(self, response: list[int]) -> tuple[int, ...]:
        """Leave out what follows the last end token, which no model is asked for; without any, add one."""
        last = max((place for place, token in enumerate(response) if token in self.ends), default=None)
        return tuple(response[: last + 1]) if last is not None else (*response, self.ends[0])

    def _text(self, messages: Sequence[ChatMessage], *, generation_prompt: bool) -> str:
        turns = [{"role": turn.role, "content": replaced(turn.content)} for turn in messages]
        try:
            return str(
                self._tokenizer.apply_chat_template(
                    turns,
                    tokenize=False,
                    add_generation_prompt=generation_prompt,
                    date_string=self._date.strftime("%d %b %Y"),
                    strftime_now=self._date.strftime,
                )
            )
        except Exception as error:  # noqa: BLE001 - a template raises what it likes
            why = (str(error).splitlines() or [type(error).__name__])[0]
            raise InputError(f"model {self._name}: its chat template refuses a chat ({why}); use another template") from None

    def _ids(self, text: str, *, special: bool) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=special)["input_ids"])
