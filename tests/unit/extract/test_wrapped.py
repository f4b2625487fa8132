# ruff: noqa: E501 - one shape per line, as long as it is
"""What families of models put around their answers, and the same signs as part of an answer."""

import json

import pytest

from coderm.extract import Extracted, extract_program, extract_unit_test
from coderm.messages.problem import Problem

from .samples import CASE, GOOD, HEAD, PROBLEM, UNIT_TESTS

BARE = Problem("sum", "Return the sum of the numbers.", "add_all")
FENCED = f"```python\n{GOOD}```"
MARKS = [
    *(
        "<|im_end|>",
        "<|endoftext|>",
        "<|eot_id|>",
        "<|eom_id|>",
        "<|end_of_text|>",
        "<|end|>",
        "<|return|>",
        "<|EOT|>",
        "<|file_sep|>",
    ),
    *(
        "<|fim_pad|>",
        "<|END_OF_TURN_TOKEN|>",
        "<|user|>",
        "<|endofassistant|>",
        "<｜end▁of▁sentence｜>",
        "<｜User｜>",
        "<｜tool▁calls▁begin｜>",
    ),
    *(
        "</s>",
        "<end_of_turn>",
        "<eos>",
        "<turn|>",
        "[INST]",
        "[/INST]",
        "<EOT>",
        "<pad>",
        "<unk>",
        "<eom>",
        "<EOS_TOKEN>",
        "<end_code>",
        "<end_action>",
        "<unused95>",
        "[EOS]",
    ),
]
TAILS = ["<|", "<|im_", "<|im_end", "<|endoftext|", "<｜end▁of", "<end_of_tu", "<end_of_turn"]


def run(text: str, problem: Problem = BARE, name: str = "add_all"):
    found = extract_program(text, problem)
    assert isinstance(found, Extracted), found
    space: dict = {"__name__": "program"}
    exec(compile(found.code, "program", "exec"), space)
    return space[name]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("answer", [GOOD, FENCED, f"Sure, don't worry:\n{FENCED}\nDone"], ids=["bare", "fenced", "chatty"])
@pytest.mark.parametrize(
    "rest", ["", "\n", "\n\n<|im_start|>user\nIt's wrong, isn't it?\n```python\ndef add_all(numbers):\n    return 0\n```\n"]
)
@pytest.mark.parametrize("space", ["", " ", "\n"])
def test_a_mark_ends_the_answer(mark, answer, rest, space):
    assert run(answer.rstrip() + space + mark + rest)([1, 2]) == 3


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("answer", [GOOD, FENCED], ids=["bare", "fenced"])
def test_a_text_may_end_inside_of_a_mark(tail, answer):
    assert run(answer.rstrip() + tail)([1, 2]) == 3


@pytest.mark.parametrize("mark", [*MARKS, "</think>", "<think>", "</reasoning>", "[/THINK]", "<answer>", "</answer>", "[DONE]"])
@pytest.mark.parametrize(
    "shape",
    [
        "```python\ndef add_all(words):\n    return '{mark}'.join(words)\n```\nThat joins.",
        'Here:\n```python\nMARK = "{mark}"\n\n\ndef add_all(words):\n    return MARK.join(words)\n```<|im_end|>',
        "def add_all(words):\n    return '{mark}'.join(words)",
        "def add_all(words):\n    return '{mark}'.join(words)\n\nIt joins the words, don't you think?\n",
        "<think>Let me see.</think>\ndef add_all(words):\n    return '{mark}'.join(words)\n\nThat is all.<|im_end|>",
        '```python\ndef add_all(words):\n    """Join.\n\n    {mark}\n    {mark}\n    """\n    return "{mark}".join(words)\n```',
        'Joins with `{mark}`:\n```python\ndef add_all(words):  # {mark}\n    return "{mark}".join(words)\n```',
        'The answer:\n\ndef add_all(words):\n    """Join with\n{mark}\nalways."""\n    return "{mark}".join(words)\n\nDone.',
    ],
)
def test_a_mark_inside_code_is_code(mark, shape):
    assert run(shape.format(mark=mark))(["a", "b"]) == f"a{mark}b"


def test_tags_in_a_docstring_stay_as_they_are():
    code = 'def add_all(numbers):\n    """Of the form\n    <numerator>/<denominator> or\n    <b>bold</b>\n    """\n    return sum(numbers)\n'
    found = extract_program(code + "\nfrom x import (\n", BARE)
    assert isinstance(found, Extracted)
    assert found.code == code


def test_html_in_code_is_code():
    text = '```python\ndef add_all(words):\n    return "".join(f"<s>{w}</s>" for w in words)\n```'
    assert run(text)(["a"]) == "<s>a</s>"
    assert run("Wrap words as <s>word</s> does.\n" + text)(["a"]) == "<s>a</s>"


DRAFT = "Maybe\n```python\ndef add_all(numbers):\n    return 0\n```\nNo, that's wrong."
THOUGHTS = {
    "think": f"<think>{DRAFT}</think>\n",
    "opening_in_the_prompt": f"{DRAFT}\n</think>\n",
    "thinking": f"<thinking>\n{DRAFT}\n</thinking>\n",
    "reasoning": f"<reasoning>\n{DRAFT}\n</reasoning>\n",
    "magistral": f"[THINK]{DRAFT}[/THINK]",
    "kimi": f"◁think▷{DRAFT}◁/think▷",
    "seed": f"<seed:think>{DRAFT}</seed:think>",
    "sky": f"<|begin_of_thought|>\n{DRAFT}\n<|end_of_thought|>\n\n<|begin_of_solution|>\n",
    "channels": f"<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>",
    "channels_without_marks": f"analysis{DRAFT}assistantfinal",
    "unclosed_fence_inside": "<think>```python\ndef add_all(numbers):\n    return 0\n</think>\n",
    "named_in_a_string_first": f"<think>a '</think>' tag. {DRAFT}</think>\n",
}


@pytest.mark.parametrize("thought", THOUGHTS.values(), ids=THOUGHTS)
@pytest.mark.parametrize("answer", [GOOD, FENCED, f"The answer:\n{FENCED}<|im_end|>"], ids=["bare", "fenced", "chatty"])
def test_reasoning_is_no_part_of_the_answer(thought, answer):
    assert run(thought + answer)([1, 2]) == 3


def test_reasoning_behind_the_answer_leaves_the_answer():
    assert run(f"{FENCED}\n<reasoning>\nIt adds.\n</reasoning>\n")([1, 2]) == 3


@pytest.mark.parametrize(
    "start",
    [
        "<|im_start|>assistant\n",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<s> ",
        "<｜Assistant｜>",
        "<start_of_turn>model\n",
        "<|python_tag|>",
        "[INST] [/INST] ",
    ],
)
@pytest.mark.parametrize("answer", [GOOD, FENCED], ids=["bare", "fenced"])
def test_marks_in_front_are_left_out(start, answer):
    assert run(start + answer)([1, 2]) == 3


LINE = GOOD.rstrip()
INDENTED = "".join(f"    {line}\n" for line in GOOD.splitlines())
ROWS = GOOD.splitlines()
AROUND = {
    "answer_tag": f"<think>short</think>\n<answer>{LINE}</answer>",
    "answer_and_code_tags": f"<answer><code>{LINE}</code></answer>",
    "tags_on_lines": f"<answer>\n{GOOD}</answer>",
    "tag_and_fence": f"<answer>\n{FENCED}\n</answer>",
    "tag_glued_to_a_fence": f"<answer>{FENCED}</answer>",
    "tag_with_attributes": f'<file path="solution.py">{LINE}</file>',
    "bracket_tags": f"[PYTHON]{LINE}[/PYTHON]",
    "bracket_tags_on_lines": f"[PYTHON]\n{GOOD}[/PYTHON]\n[TESTS]\nadd_all()\n[/TESTS]",
    "begin_and_done": f"[BEGIN]\n{GOOD}[DONE]\n",
    "begin_quote_done": f"[BEGIN]\n'{LINE}'\n[DONE]\n",
    "quote_done": f"\n'{LINE}'\n[DONE]\n",
    "double_quote_done": f'[BEGIN] "{LINE}" [DONE]',
    "quoted_as_python": repr(GOOD),
    "triple_quoted": f'"""\n{GOOD}"""',
    "parameter": f'<function_calls>\n<invoke name="submit">\n<parameter name="code">{GOOD}</parameter>\n</invoke>\n</function_calls>',
    "function_tag": f"<tool_call>\n<function=submit>\n<parameter=code>\n{GOOD}</parameter>\n</function>\n</tool_call>",
    "cdata": f"<code><![CDATA[{GOOD}]]></code>",
    "escaped": "<code>def add_all(numbers):\n    return sum(numbers) if 1 &lt; 2 else &quot;&quot;\n</code>",
    "fence_and_code_on_one_line": f"```python {ROWS[0]}\n{ROWS[1]}\n```",
    "fence_without_language_and_code": f"```{ROWS[0]}\n{ROWS[1]}\n```",
    "closing_fence_behind_a_mark": f"```python\n{GOOD}<|im_end|>\n```",
    "blank_in_front": " " + GOOD,
    "blank_in_front_of_more": f" {GOOD}\nprint(add_all([1]))",
    "blank_in_front_of_chatter": f" {GOOD}\nThat's it, isn't it?",
    "indented_as_a_whole": INDENTED,
    "indented_under_prose": f"Here it is:\n\n{INDENTED}\nThat's it.",
    "interpreter": ">>> def add_all(numbers):\n...     return sum(numbers)\n...\n>>> add_all([1])\n1\n",
    "interpreter_in_a_fence": "```pycon\n>>> def add_all(numbers):\n...     return sum(numbers)\n... \n>>> add_all([1])\n1\n```",
    "notebook_prompts": "In [1]: def add_all(numbers):\n   ...:     return sum(numbers)\n   ...:\nIn [2]: add_all([1])\nOut[2]: 1\n",
    "notebook_heads": f"In [1]:\n{GOOD}\nOut[1]:\n",
    "notebook_cells": f"# %%\nimport math\n\n# %%\n{GOOD}\n# %% [markdown]\n# Done.\n",
    "notebook_magic": f"```python\n%matplotlib inline\n!pip install x\n{GOOD}```",
    "line_numbers": f"```python\n1 {ROWS[0]}\n2 {ROWS[1]}\n```",
    "line_numbers_with_bars": f"```\n 1 | {ROWS[0]}\n 2 | {ROWS[1]}\n```",
    "added_lines": f"```diff\n+{ROWS[0]}\n+{ROWS[1]}\n```",
    "quoted_mail": f"> {ROWS[0]}\n> {ROWS[1]}\n",
    "class_solution": "class Solution:\n    def add_all(self, numbers):\n        return sum(numbers)",
    "tool_call": json.dumps({"name": "submit", "arguments": {"code": GOOD}}),
    "tool_call_with_text_arguments": json.dumps({"name": "submit", "arguments": json.dumps({"code": GOOD})}),
    "tool_call_in_tags": f"<tool_call>\n{json.dumps({'name': 'submit', 'arguments': {'code': GOOD}})}\n</tool_call>",
    "tool_call_in_tags_on_one_line": f"<tool_call>{json.dumps({'name': 'submit', 'arguments': {'code': GOOD}})}</tool_call>",
    "tool_calls_of_mistral": f"[TOOL_CALLS] {json.dumps([{'name': 'submit', 'arguments': {'code': GOOD}}])}</s>",
    "tool_call_behind_prose": f"I'll submit it.\n{json.dumps({'code': GOOD})}\nDone.",
    "commentary_channel": f"<|channel|>commentary to=functions.run <|constrain|>json<|message|>{json.dumps({'code': GOOD})}<|call|>",
    "json_fence": f"```json\n{json.dumps({'explanation': 'def of a sum', 'final': True, 'code': GOOD}, indent=2)}\n```",
    "json_with_a_fence_inside": json.dumps({"answer": f"Here:\n{FENCED}\n"}),
    "json_with_raw_line_ends": f'{{"ok": true, "code": "{LINE}"}}',
    "json_of_files": json.dumps(
        [
            {"path": "a.py", "content": "def plus(a, b):\n    return a + b\n"},
            {
                "path": "b.py",
                "content": "from a import plus\n\n\ndef add_all(numbers):\n    total = 0\n    for n in numbers:\n        total = plus(total, n)\n    return total\n",
            },
        ]
    ),
    "json_of_lines": json.dumps({"code": GOOD.splitlines()}),
    "notebook_file": json.dumps({"cells": [{"cell_type": "code", "source": GOOD.splitlines(keepends=True)}], "nbformat": 4}),
    "python_dict": str({"ok": True, "code": GOOD}),
    "yaml": f"explanation: sums\ncode: |\n  {ROWS[0]}\n  {ROWS[1]}\nmore: none\n",
    "smart_quotes": f"“{LINE}”",
    "two_backticks": f"``{LINE}``",
    "hard_blanks": GOOD.replace("    ", "\u00a0" * 4),
    "blanks_of_no_width": "\u200b" + GOOD,
    "next_turns_by_name": f"{GOOD}\n\nHuman: thanks\n\nAssistant: welcome\n",
    "padding": f"{LINE}<pad><pad><pad>",
    "padding_in_brackets": f"{LINE}[PAD][PAD]",
    "diff_with_heads": f"```diff\n--- a/s.py\n+++ b/s.py\n@@ -0,0 +1,2 @@\n+{ROWS[0]}\n+{ROWS[1]}\n```",
    "patch": f"*** Begin Patch\n*** Add File: s.py\n+{ROWS[0]}\n+{ROWS[1]}\n*** End Patch",
    "search_and_replace": f"solution.py\n<<<<<<< SEARCH\n=======\n{GOOD}>>>>>>> REPLACE\n",
    "shell_script": f"```bash\ncat > solution.py << 'EOF'\n{GOOD}EOF\npython solution.py\n```",
    "html": f'<pre><code class="language-python">{GOOD}</code></pre>',
    "triple_quotes_in_json": f'{{"code": """{GOOD}"""}}',
}


@pytest.mark.parametrize("text", AROUND.values(), ids=AROUND)
@pytest.mark.parametrize("problem", [BARE, PROBLEM], ids=["question", "stub"])
def test_whatever_is_around_a_program_it_is_found(text, problem):
    assert run(text, problem)([1, 2]) == 3


@pytest.mark.parametrize("text", AROUND.values(), ids=AROUND)
def test_reading_its_own_result_changes_nothing(text):
    first = extract_program(text, BARE)
    assert isinstance(first, Extracted)
    assert extract_program(first.code, BARE) == first


PLUS = "def plus(a, b):\n    return a + b\n"
USE = "\n\ndef add_all(numbers):\n    total = 0\n    for n in numbers:\n        total = {plus}(total, n)\n    return total\n"
FILES = {
    "from": ("from utils import plus", "plus"),
    "from_relative": ("from .utils import plus", "plus"),
    "from_package": ("from package.utils import plus", "plus"),
    "from_as": ("from utils import plus as add", "add"),
    "from_star": ("from utils import *", "plus"),
    "from_with_more": ("from utils import plus, plus as add", "add"),
    "import": ("import utils", "utils.plus"),
    "import_dotted": ("import package.utils", "package.utils.plus"),
    "import_as": ("import utils as u", "u.plus"),
    "inside_the_function": ("import math", "__import__('math') and plus"),
}


@pytest.mark.parametrize(("line", "call"), FILES.values(), ids=FILES)
@pytest.mark.parametrize("main_first", [False, True])
def test_a_program_in_several_files_becomes_one(line, call, main_first):
    helper, main = f"```python\n# utils.py\n{PLUS}```", f"```python\n# solution.py\n{line}\n{USE.format(plus=call)}```"
    assert run("\n\n".join((main, helper) if main_first else (helper, main)))([1, 2]) == 3


def test_an_import_inside_a_function_is_served_too():
    main = "def add_all(numbers):\n    from utils import plus\n\n    return plus(*numbers)\n"
    assert run(f"```python\n{PLUS}```\n```python\n{main}```")([1, 2]) == 3


def test_an_import_of_what_no_block_defines_stays():
    found = extract_program(f"```python\n{PLUS}```\n```python\nfrom elsewhere import minus\n\n\n{GOOD}```", BARE)
    assert isinstance(found, Extracted)
    assert "from elsewhere import minus" in found.code


@pytest.mark.parametrize(
    "wrap",
    [
        lambda code: json.dumps({"name": "write_file", "arguments": {"path": "t.py", "content": code}}),
        lambda code: f"<think>Let's see.</think>\n<answer>{code}</answer>",
        lambda code: f"```python\n{code}```<|im_end|>",
        lambda code: f"[PYTHON]\n{code}[/PYTHON]</s>",
        lambda code: " " + code,
    ],
    ids=["json", "tags", "mark", "brackets", "blank"],
)
@pytest.mark.parametrize("name", ["fenced", "pytest_function", "two_classes", "subtests"])
def test_unit_tests_are_found_in_the_same_wrappings(wrap, name):
    plain = extract_unit_test(UNIT_TESTS[name], BARE)
    assert isinstance(plain, Extracted)
    assert extract_unit_test(wrap(plain.code), BARE) == plain


def test_a_test_may_name_the_program_in_a_text_that_it_evaluates():
    body = "        for case in ['add_all([1, 2]) == 3', 'add_all([]) == 0']:\n            self.assertTrue(eval(case), case)\n"
    assert isinstance(extract_unit_test(HEAD + CASE.rpartition("        ")[0] + body, BARE), Extracted)
    quoted = body.replace("eval(case)", "case")
    assert not isinstance(extract_unit_test(HEAD + CASE.rpartition("        ")[0] + quoted, BARE), Extracted)
