"""A refused place is always named, also where it is everything that was given."""

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError, field_validator

from coderm.config.mistakes import told
from coderm.errors import CodeRMError
from coderm.integrations.rows import problem_of
from coderm.integrations.settings import reward_of
from coderm.service.reading import read_call, read_problems, read_writer_call


class Part(BaseModel):
    size: int

    @field_validator("size")
    @classmethod
    def _positive(cls, size: int) -> int:
        if size < 0:
            raise ValueError("is negative; give a size")
        return size


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (3, "the part: Input should be a valid dictionary or instance of Part"),
        ({"size": "x"}, "size: Input should be a valid integer, unable to parse string as an integer"),
        ({"size": -1}, "size: is negative; give a size"),
    ],
)
def test_the_place_of_a_mistake_is_named(given, wanted):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Part).validate_python(given)
    assert told(refused.value, "the part") == wanted


@pytest.mark.parametrize(
    ("read", "given", "wanted"),
    [
        (read_call, b"[]", "the body: "),
        (read_call, b'{"items": 1}', "items: "),
        (read_writer_call, b"1", "the body: "),
        (read_problems, b'"p"', "the body: "),
        (read_problems, b"[1]", "0: "),
        (read_problems, b"{}", "id: "),
        (reward_of, "[1]", "reward: 0: "),
        (reward_of, "{", "reward: the terms: "),
        (problem_of, '{"id": 3}', "the tests have no known shape (id: "),
    ],
)
def test_no_reader_leaves_the_place_empty(read, given, wanted):
    with pytest.raises(CodeRMError) as refused:
        read(given)
    assert refused.value.message.startswith(wanted)
