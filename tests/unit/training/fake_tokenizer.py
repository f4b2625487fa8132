"""A tokenizer of single characters without a library: ids are code points, special tokens stand in angle brackets."""

import re

from jinja2 import Environment

TOKEN = re.compile(r"<s>|</s>|(?s:.)")
CHATML = (
    "{% for message in messages %}<s>{{ message['role'] }}|{{ message['content'] }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant|{% endif %}"
)
BEGIN, END = 1, 2


class CharacterTokenizer:
    """`begin`: whether special tokens mean a begin token in front."""

    eos_token_id = END

    def __init__(self, template=CHATML, *, begin=False):
        self.chat_template = template
        self._begin = begin

    def apply_chat_template(self, messages, *, tokenize, add_generation_prompt, **more):
        assert not tokenize
        built = Environment()
        built.globals["strftime_now"] = lambda form: "today"
        built.globals["raise_exception"] = _refuse
        return built.from_string(self.chat_template).render(messages=messages, add_generation_prompt=add_generation_prompt, **more)

    def __call__(self, text, *, add_special_tokens):
        ids = [{"<s>": BEGIN, "</s>": END}.get(token, ord(token[0]) + 10) for token in TOKEN.findall(text)]
        return {"input_ids": [BEGIN, *ids] if add_special_tokens and self._begin else ids}

    def decode(self, ids, *, skip_special_tokens):
        special = {} if skip_special_tokens else {BEGIN: "<s>", END: "</s>"}
        return "".join(special.get(token, "") if token < 10 else chr(token - 10) for token in ids)


def _refuse(why):
    raise ValueError(why)
