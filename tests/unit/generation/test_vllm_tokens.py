"""Tokens written so far: those of samples under way count, those of samples that ended before their request stay counted."""

from types import SimpleNamespace

from coderm.generation.vllm_tokens import TokenCount, live_tokens


def test_the_count_never_falls_and_ends_exact():
    count = TokenCount()
    looks = [count.so_far({"0_r#1": 5, "1_r#1": 7, "0_q#2": 1}), count.so_far({"1_r#1": 20, "0_q#2": 2})]
    count.ended("r#1", 31)
    looks += [count.so_far({"0_q#2": 4}), count.so_far({})]
    count.ended("q#2", 4)
    looks.append(count.so_far({}))
    assert looks == [13, 27, 35, 35, 35]


def test_an_engine_that_does_not_show_its_requests_has_no_live_tokens():
    assert live_tokens(None) == {}
    detokenizer = SimpleNamespace(num_output_tokens=lambda: 3)
    states = {"a": SimpleNamespace(detokenizer=detokenizer), "b": SimpleNamespace(detokenizer=None)}
    assert live_tokens(SimpleNamespace(output_processor=SimpleNamespace(request_states=states))) == {"a": 3}
