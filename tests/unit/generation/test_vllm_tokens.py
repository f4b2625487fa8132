"""Tokens written so far: those of samples under way count, those of samples that ended before their request stay counted."""

from types import SimpleNamespace

from coderm.generation.vllm_tokens import TokenCount, live_tokens


def test_the_count_never_falls_and_ends_exact():
    count = TokenCount()
    first, second, other = ("r#1", "0_r#1-x"), ("r#1", "1_r#1-x"), ("r#12", "r#12-y")
    looks = [count.so_far({first: 5, second: 7, other: 1}), count.so_far({second: 20, other: 2})]
    count.ended("r#1", 31)
    looks += [count.so_far({other: 4}), count.so_far({})]
    count.ended("r#12", 4)
    looks.append(count.so_far({}))
    assert looks == [13, 27, 35, 35, 35]


def test_an_engine_that_does_not_show_its_requests_has_no_live_tokens():
    def state(detokenizer, request, parent=None):
        return SimpleNamespace(detokenizer=detokenizer, external_req_id=request, parent_req=parent)

    detokenizer = SimpleNamespace(num_output_tokens=lambda: 3)
    states = {
        "0_a-x": state(detokenizer, "0_a-x", SimpleNamespace(external_req_id="a")),
        "b-y": state(detokenizer, "b"),
        "c-z": state(None, "c"),
    }
    assert live_tokens(None) == {}
    engine = SimpleNamespace(output_processor=SimpleNamespace(request_states=states))
    assert live_tokens(engine) == {("a", "0_a-x"): 3, ("b", "b-y"): 3}
