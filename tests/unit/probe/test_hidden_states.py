"""Hidden states are those of the layers, tokens and texts asked for, whatever else is in flight."""

import asyncio
import fcntl
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from features import program
from tiny import make_model

from coderm.config.schema import OpenAIEngine, ScriptedEngine, VllmEngine
from coderm.errors import ConfigError, DataError, GenerationError, ModelError, StorageError
from coderm.generation.factory import make_generator, make_states
from coderm.generation.hidden_states.base import HiddenStates, joined, pooled, resolve_layers
from coderm.generation.hidden_states.rendering import shown_texts
from coderm.generation.hidden_states.transformers import TransformersStates
from coderm.generation.hidden_states.vllm import LOCK, VllmStates, extraction_arguments, load_and_delete, safe_name
from coderm.generation.vllm_settings import engine_arguments
from coderm.messages.hidden_states import StateSpec, states_request
from coderm.messages.problem import Problem
from coderm.probe.features.state_vectors import read_vectors

PROBLEM = Problem("p/0", "Add one.", "f", "def f(x):\n")
A, B = program(1), program(2, length=3)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def tokenizer(model):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(model)


def read(model, *requests):
    async def all_of_them():
        backend = TransformersStates(model, requests[0].spec.layers)
        try:
            return await asyncio.gather(*(backend.states(request) for request in requests))
        finally:
            await backend.close()

    return asyncio.run(all_of_them())


def plain_states(model, text):
    """(layers + 1, tokens, width) of the whole model for one text; the last before the final norm."""
    import torch
    from transformers import AutoModel

    whole = AutoModel.from_pretrained(model, dtype=torch.float32).eval()
    whole.norm = torch.nn.Identity()
    with torch.inference_mode():
        return torch.stack(whole(torch.tensor([text.tokens]), output_hidden_states=True).hidden_states)[:, 0].numpy()


def test_the_vector_joins_the_layers_asked_for_at_the_last_token(model, tokenizer):
    request = states_request(PROBLEM, (A,), StateSpec(model, (1, -1), view="problem_candidate"))
    (answer,) = read(model, request)
    states = plain_states(model, shown_texts(tokenizer, request)[0])
    assert np.allclose(answer.vector, np.concatenate([states[1, -1], states[3, -1]]), atol=1e-5)
    assert answer.vector.dtype == np.float32


def test_layers_that_are_not_read_change_nothing(model, tokenizer):
    request = states_request(PROBLEM, (), StateSpec(model, (1,), view="problem"))
    states = plain_states(model, shown_texts(tokenizer, request)[0])
    assert np.allclose(read(model, request)[0].vector, states[1, -1], atol=1e-5)
    shallow = states_request(PROBLEM, (), StateSpec(model, (0,), view="problem"))
    assert np.allclose(read(model, shallow)[0].vector, states[0, -1], atol=1e-6)


def test_the_mean_is_over_the_answer_where_one_is_shown_else_over_the_prompt(model, tokenizer):
    spec = StateSpec(model, (2,), "mean", "problem_candidate")
    for programs in ((A,), ()):
        request = states_request(PROBLEM, programs, spec)
        (text,) = shown_texts(tokenizer, request)
        states = plain_states(model, text)
        assert np.allclose(read(model, request)[0].vector, states[2, text.start :].mean(axis=0), atol=1e-5)
    assert text.start == 0


def test_several_candidates_are_averaged_by_how_often_they_occur(model):
    spec = StateSpec(model, (2,), view="mean_candidates", candidates=3)
    alone = replace(spec, view="problem_candidate")
    asked = [((A, B, A, B), spec), ((A,), alone), ((B,), alone)]
    both, one, other = read(model, *(states_request(PROBLEM, programs, each) for programs, each in asked))
    assert np.allclose(both.vector, (2 * one.vector + other.vector) / 3, atol=1e-5)


def test_texts_of_all_lengths_in_one_batch_give_what_each_gives_alone(model):
    spec = StateSpec(model, (1, 3), view="problem_candidate")
    requests = [states_request(PROBLEM, (program(1, length),), spec) for length in (1, 40, 3, 20, 7)]
    together = read(model, *requests)
    for request, answer in zip(requests, together, strict=True):
        assert answer.request_id == request.request_id
        assert np.allclose(answer.vector, read(model, request)[0].vector, atol=1e-4)


def test_without_a_usable_candidate_the_problem_alone_is_shown(model):
    spec = StateSpec(model, (2,), view="mean_candidates")
    none, problem = read(model, states_request(PROBLEM, (), spec), states_request(PROBLEM, (A,), replace(spec, view="problem")))
    assert np.array_equal(none.vector, problem.vector)


def test_of_a_text_that_is_too_long_the_end_is_read(model, tokenizer):
    request = states_request(PROBLEM, (program(1, 50),), StateSpec(model, (2,), "mean", "problem_candidate", max_tokens=30))
    (text,) = shown_texts(tokenizer, request)
    assert (len(text.tokens), text.start) == (30, 0)
    assert tokenizer.decode(text.tokens).replace(" ", "").endswith("returnx\n```")


def test_the_prompt_shows_the_problem_and_the_answer_the_program(tokenizer):
    request = states_request(PROBLEM, (A,), StateSpec("m", (1,), view="problem_candidate"))
    (text,) = shown_texts(tokenizer, request)
    letters = [tokenizer.convert_ids_to_tokens(token) for token in text.tokens]
    assert PROBLEM.question in "".join(letters[: text.start])
    assert "".join(letters[text.start :]) == f"```python\n{A.strip()}\n```"


def test_a_request_is_named_by_all_that_counts():
    spec = StateSpec("m", (1,), view="problem_candidate")
    asked = states_request(PROBLEM, (A, B), spec)
    assert asked.candidates == (A,)
    assert asked.request_id == states_request(PROBLEM, (A,), spec).request_id
    others = [
        states_request(PROBLEM, (B,), spec),
        states_request(replace(PROBLEM, prompt=""), (A,), spec),
        states_request(PROBLEM, (A,), replace(spec, layers=(2,))),
    ]
    assert len({asked.request_id, *(other.request_id for other in others)}) == 4


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"layers": ()}, "at least one layer"),
        ({"layers": (1, 1)}, "each once"),
        ({"token": "first"}, "token = 'first'; choose one of last, mean"),
        ({"view": "all"}, "view = 'all'"),
        ({"candidates": 0}, "at least 1"),
        ({"model": ""}, "no model is named"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(changes, said):
    with pytest.raises(ConfigError, match=said):
        StateSpec(**{"model": "m", "layers": (1,)} | changes)


def test_layers_count_from_either_end_and_no_others_exist():
    assert resolve_layers((0, 5, -1, -31), 30, "m") == (0, 5, 30, 0)
    for layer in (31, -32):
        with pytest.raises(ConfigError, match=f"layer {layer}: m has 30 layers; choose from -31 to 30"):
            resolve_layers((layer,), 30, "m")


def test_a_layer_the_model_does_not_have_and_a_model_that_is_none_are_told(model, tmp_path):
    with pytest.raises(ConfigError, match="has 3 layers"):
        read(model, states_request(PROBLEM, (), StateSpec(model, (4,))))
    with pytest.raises(ModelError, match="no such directory"):
        read(str(tmp_path / "none"), states_request(PROBLEM, (), StateSpec(str(tmp_path / "none"), (1,))))


def test_a_reader_of_one_model_refuses_requests_about_another(model):
    with pytest.raises(GenerationError, match="were asked of a reader of other"):
        asyncio.run(TransformersStates("other", (1,)).states(states_request(PROBLEM, (), StateSpec(model, (1,)))))


def test_requests_in_flight_end_when_the_reader_is_closed(model):
    async def close_meanwhile():
        backend = TransformersStates(model, (1,), batch_tokens=1)
        await backend.setup()
        spec = StateSpec(model, (1,), view="problem_candidate")
        asked = [asyncio.create_task(backend.states(states_request(PROBLEM, (program(n, 30),), spec))) for n in range(20)]
        while not any(task.done() for task in asked):
            await asyncio.sleep(0.001)
        await backend.close()
        await backend.close()
        return await asyncio.gather(*asked, return_exceptions=True)

    ended = asyncio.run(asyncio.wait_for(close_meanwhile(), 60))
    assert any(isinstance(answer, GenerationError) and "closed" in answer.message for answer in ended)


def test_a_batch_that_fails_in_an_unforeseen_way_is_answered_and_the_others_go_on(tmp_path):
    broken = make_model(tmp_path, unknown="@")  # torch raises IndexError for a token that the model's table does not hold
    spec = StateSpec(broken, (1,), view="problem_candidate")

    async def ask_all():
        backend = TransformersStates(broken, (1,), batch_tokens=1)
        await backend.setup()
        asked = [backend.states(states_request(PROBLEM, (code,), spec)) for code in (A, "@" * 400, B)]
        try:
            return await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 60)
        finally:
            await backend.close()

    first, failed, last = asyncio.run(ask_all())
    assert np.isfinite(first.vector).all()
    assert np.isfinite(last.vector).all()
    assert isinstance(failed, GenerationError)
    assert "IndexError" in failed.message


def test_states_that_are_not_finite_are_refused():
    with pytest.raises(GenerationError, match="p/0: the model's hidden states are not finite"):
        joined([np.array([1, np.nan], np.float32)], [1], "p/0")


def test_pooling_takes_the_last_token_or_the_mean_from_a_token_on():
    states = np.arange(12, dtype=np.float16).reshape(3, 2, 2)
    assert pooled(states, 0, "last").tolist() == [8, 9, 10, 11]
    assert pooled(states, 1, "mean").tolist() == [6, 7, 8, 9]


def test_vectors_that_are_kept_are_not_read_again(model, tmp_path):
    spec = StateSpec(model, (1,), view="problem_candidate")
    requests = [states_request(PROBLEM, (code,), spec) for code in (A, B, A)]
    told = []
    first = read_vectors(TransformersStates(model, (1,)), requests, tmp_path / "kept.npz", lambda *counts: told.append(counts))
    assert told[-1] == (3, 3)
    again = read_vectors(cast(HiddenStates, Broken()), requests, tmp_path / "kept.npz", lambda *_: None)
    assert np.array_equal(first, again)
    assert np.array_equal(first[0], first[2])


def test_a_file_of_another_spec_is_refused_before_anything_is_read_and_keeps_what_it_holds(model, tmp_path):
    kept, spec = tmp_path / "kept.npz", StateSpec(model, (1,), view="problem_candidate")
    (mine, other) = (states_request(PROBLEM, (A,), each) for each in (spec, replace(spec, layers=(1, 2))))
    (first,) = read_vectors(TransformersStates(model, (1,)), [mine], kept, lambda *_: None)
    before = kept.read_bytes()
    with pytest.raises(DataError, match=r"kept\.npz: holds vectors of another spec.*name another file with --states"):
        read_vectors(cast(HiddenStates, Broken()), [other], kept, lambda *_: None)
    assert kept.read_bytes() == before
    assert np.array_equal(read_vectors(cast(HiddenStates, Broken()), [mine], kept, lambda *_: None)[0], first)


def test_a_file_that_does_not_tell_its_spec_is_taken_for_texts_it_holds_and_for_no_others(model, tmp_path):
    spec = StateSpec(model, (1,), view="problem_candidate")
    mine, other = (states_request(PROBLEM, (code,), spec) for code in (A, B))
    np.savez(tmp_path / "kept.npz", names=np.array([mine.request_id]), vectors=np.ones((1, 8), np.float32))
    assert read_vectors(cast(HiddenStates, Broken()), [mine], tmp_path / "kept.npz", lambda *_: None)[0].tolist() == [1] * 8
    with pytest.raises(DataError, match="other texts, or of another spec"):
        read_vectors(cast(HiddenStates, Broken()), [other], tmp_path / "kept.npz", lambda *_: None)


@pytest.mark.parametrize("name", ["none/kept.npz", "", "file/kept.npz"])
def test_a_file_that_cannot_be_written_is_told_before_anything_is_read(model, tmp_path, name):
    (tmp_path / "file").touch()
    request = states_request(PROBLEM, (A,), StateSpec(model, (1,)))
    with pytest.raises(StorageError, match="give another name"):
        read_vectors(cast(HiddenStates, Broken()), [request], tmp_path / name, lambda *_: None)


def test_vectors_of_another_length_under_the_same_spec_are_told_at_the_first(model, tmp_path):
    spec = StateSpec(model, (1,), view="problem_candidate")
    mine, other = (states_request(PROBLEM, (code,), spec) for code in (A, B))
    np.savez(tmp_path / "kept.npz", names=np.array([mine.request_id]), vectors=np.ones((1, 5), np.float32))
    with pytest.raises(DataError, match="vectors of 8 numbers, those kept have 5"):
        read_vectors(TransformersStates(model, (1,)), [mine, other], tmp_path / "kept.npz", lambda *_: None)


class Broken:
    """A backend that must not be asked."""

    async def setup(self):
        raise AssertionError("asked for what is kept")


def test_the_reader_follows_from_the_engine():
    spec = StateSpec("m", (1,))
    for engine in (ScriptedEngine(path="r"), OpenAIEngine(model="remote"), VllmEngine(model="m")):
        assert isinstance(make_states(engine, make_generator(engine), spec), TransformersStates)
    engine = VllmEngine(model="m", gpus=1, hidden_layers=(1,))
    assert isinstance(make_states(engine, make_generator(engine), spec), VllmStates)


def test_a_spec_of_another_model_or_of_layers_an_engine_does_not_keep_is_refused():
    engine = VllmEngine(model="other")
    with pytest.raises(ConfigError, match="reads states of m, the engine runs other"):
        make_states(engine, make_generator(engine), StateSpec("m", (1,)))
    for layers in ((), (2,)):
        engine = VllmEngine(model="m", gpus=1, hidden_layers=layers)
        with pytest.raises(ConfigError, match=r"engines.NAME.hidden_layers = \[1\]"):
            make_states(engine, make_generator(engine), StateSpec("m", (1,)))


def test_a_gpu_engine_is_told_to_keep_the_layers_in_files(tmp_path):
    engine = VllmEngine(model="m", gpus=2, max_model_len=16_384)
    found = engine_arguments(engine, "m", False, extraction_arguments((12, 24), tmp_path, engine.max_model_len))
    assert found["speculative_config"]["method"] == "extract_hidden_states"
    assert found["speculative_config"]["draft_model_config"]["hf_config"] == {"eagle_aux_hidden_state_layer_ids": [12, 24]}
    assert found["kv_transfer_config"]["kv_connector_extra_config"] == {"shared_storage_path": str(tmp_path)}
    assert found["enable_chunked_prefill"] is False
    assert found["max_num_batched_tokens"] >= 16_384
    assert found["tensor_parallel_size"] == 2


def test_negative_layers_are_counted_before_vllm_hears_of_them():
    states = VllmStates(VllmEngine(model="m", gpus=1, hidden_layers=(-1, 4)))
    arguments = states.arguments(30)
    layers = arguments["speculative_config"]["draft_model_config"]["hf_config"]["eagle_aux_hidden_state_layer_ids"]
    assert layers == [30, 4]
    storage = Path(arguments["kv_transfer_config"]["kv_connector_extra_config"]["shared_storage_path"])
    assert storage.is_dir()
    asyncio.run(states.close())
    assert not storage.exists()


def test_files_of_requests_that_have_ended_are_removed_and_no_others():
    states = VllmStates(VllmEngine(model="m", gpus=1, hidden_layers=(1,)))
    arguments = states.arguments(30)
    storage = Path(arguments["kv_transfer_config"]["kv_connector_extra_config"]["shared_storage_path"])
    for serial in (1, 11):
        for copy in (0, 1):
            (storage / f"{copy}_{safe_name('sample', serial)}ab.safetensors").touch()
            (storage / f"{copy}_{safe_name('sample', serial)}ab.safetensors{LOCK}").touch()
    states.sweep([safe_name("sample", 1)])
    assert sorted(path.name for path in storage.iterdir()) == sorted(
        f"{copy}_sample-1-ab.safetensors{end}" for copy in (0, 1) for end in ("", LOCK)
    )
    asyncio.run(states.close())


def test_a_file_of_states_is_read_once_its_writer_lets_go_and_then_removed(tmp_path):
    import torch
    from safetensors.torch import save_file

    path = tmp_path / "s.safetensors"
    lock = path.with_name(path.name + LOCK)
    writing = lock.open("w")
    fcntl.flock(writing, fcntl.LOCK_EX)

    def write():
        time.sleep(0.2)
        save_file({"hidden_states": torch.ones((3, 2, 4), dtype=torch.bfloat16), "token_ids": torch.arange(3)}, path)
        writing.close()

    writer = threading.Thread(target=write)
    writer.start()
    states = load_and_delete(path)
    writer.join()
    assert states.shape == (3, 2, 4)
    assert states.dtype == np.float32
    assert not list(tmp_path.iterdir())
