import pytest

from coderm.extract.answers.fences import split_blocks

TEXTS = {
    "none": ("just words", []),
    "plain": ("```\na\n```", ["a"]),
    "two": ("```\na\n```\nmid\n```py\nb\n```", ["a", "b"]),
    "tildes_hold_backticks": ("~~~\na\n```\nb\n~~~", ["a\n```\nb"]),
    "longer_fence_holds_shorter": ("````\na = '''\n```\n'''\n````", ["a = '''\n```\n'''"]),
    "docstring_holds_fence": ("```python\n'''\n```\nx\n```\n'''\n```", ["'''\n```\nx\n```\n'''"]),
    "indented": ("  ```\n  if a:\n    b\n  ```", ["if a:\n  b"]),
    "unterminated": ("```\na\nb", ["a\nb"]),
}


@pytest.mark.parametrize(("text", "blocks"), TEXTS.values(), ids=TEXTS)
def test_blocks_are_found_in_order(text, blocks):
    assert [block.text for block in split_blocks(text)[1]] == blocks


def test_the_text_before_the_first_fence_is_kept():
    assert split_blocks("a = 1\n```\nthat is all")[0] == "a = 1"


def test_a_block_that_nothing_closes_is_marked():
    assert [block.closed for block in split_blocks("```\na\n```\n```\nb")[1]] == [True, False]
