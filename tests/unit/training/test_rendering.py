"""What the model is asked, and where its response begins and ends."""

import datetime

import pytest
from fake_tokenizer import BEGIN, CHATML, END, CharacterTokenizer

from coderm.errors import InputError
from coderm.messages.problem import ChatMessage
from coderm.training.rendering import Renderer

ASKED = (ChatMessage("user", "2+2"),)
LLAMA = "<s>" + CHATML
"""Writes the begin token itself, as Llama's template does."""
DATED = "{{ date_string if date_string is defined else strftime_now('%d') }}" + CHATML
TODAY = "{{ strftime_now('%Y') }}" + CHATML
SHORTER = CHATML.replace("<s>assistant|{% endif %}", "<s>assistant|<think></think>{% endif %}")
HIDING = "{% for message in messages %}{{ message['content']|length }}</s>{% endfor %}"


def renderer(template=CHATML, style="clean", ends=(END,), **more):
    return Renderer(CharacterTokenizer(template, **more), "toy", ends, style, datetime.date(2024, 7, 26))


def shown(found, ids):
    return found._tokenizer.decode(ids, skip_special_tokens=False)


def test_the_response_is_what_follows_the_prompt_and_ends_with_the_end_token():
    made = renderer()
    row = made.row(ASKED, "four")
    assert shown(made, row.prompt) == "<s>user|2+2</s>\n<s>assistant|"
    assert shown(made, row.response) == "four</s>"
    assert made.decode(row.response) == "four"


def test_a_released_prompt_has_no_generation_prompt_and_the_begin_token_twice():
    row = renderer(LLAMA, "released", begin=True).row(ASKED, "four")
    assert row.prompt[:3] == (BEGIN, BEGIN, BEGIN)  # the tokenizer's, the template's, and the turn's own
    assert not row.text.endswith("assistant|")
    clean = renderer(LLAMA, begin=True).row(ASKED, "four")
    assert clean.prompt[:2] == (BEGIN, BEGIN)
    assert clean.prompt[2] != BEGIN
    assert clean.text.endswith("assistant|")


def test_a_released_response_opens_its_own_turn():
    made = renderer(LLAMA, "released", begin=True)
    assert shown(made, made.row(ASKED, "four").response) == "<s>assistant|four</s>"


@pytest.mark.parametrize("template", [DATED, TODAY])
def test_a_template_that_shows_today_s_date_gives_the_same_prompt_every_day(template):
    text, _ = renderer(template).prompt(ASKED)
    assert text.startswith(("26 Jul 2024", "2024"))


def test_a_template_that_asks_with_more_than_it_keeps_is_read_by_the_answer():
    made = renderer(SHORTER)
    row = made.row(ASKED, "four")
    assert shown(made, row.prompt).endswith("<think></think>")
    assert shown(made, row.response) == "four</s>"


def test_a_response_without_an_end_gets_one():
    made = renderer("{% for message in messages %}{{ message['content'] }}{% endfor %}")
    assert made.row(ASKED, "four").response[-1] == END


def test_half_a_surrogate_pair_is_replaced():
    assert "\ufffd" in renderer().row(ASKED, "four \ud800").text + renderer().decode(renderer().row(ASKED, "four \ud800").response)


@pytest.mark.parametrize(
    ("template", "ends", "style", "message"),
    [
        (None, (END,), "clean", "no chat template; take an instruct model"),
        (CHATML, (), "clean", "no token ends an answer"),
        (HIDING, (END,), "clean", "the response cannot be found"),
        ("{{ raise_exception('roles must alternate') }}", (END,), "clean", "refuses a chat \\(roles must alternate\\)"),
    ],
)
def test_a_tokenizer_that_cannot_be_used_is_one_line_with_the_remedy(template, ends, style, message):
    with pytest.raises(InputError, match=message) as caught:
        renderer(template, style, ends)
    assert "\n" not in str(caught.value)
