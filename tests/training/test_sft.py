"""Supervised fine-tuning of a tiny model: what it learns, what it goes on from, and what it writes."""

import json
import resource
import signal
import sys

import numpy as np
import psutil
import pytest
from trainings import command, start, trained, weights, write

from coderm.config.loader import load_train_config
from coderm.errors import ConfigError, StorageError
from coderm.training import sampling
from coderm.training.fidelity import answers
from coderm.training.fitting import prepare
from coderm.training.loading import load_model
from coderm.training.recipe import make_trainer, sft_config
from launch import main

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
LORA = 'method={type="lora", rank=4, alpha=8.0, dropout=0.1}'


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    folder = tmp_path_factory.mktemp("full")
    told = []
    report = trained(write(folder), folder / "out", told=told)
    return folder, report, told


@pytest.fixture(scope="module")
def lora(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lora")
    report = trained(write(folder, tied=True, dtype="bfloat16"), folder / "out", LORA)
    return folder, report


def test_a_full_training_lowers_the_held_out_loss_and_moves_every_tensor(full):
    _, report, told = full
    losses = dict(report["losses"])
    assert sorted(losses) == [0, 4, 8]
    assert losses[8] < losses[4] < losses[0]
    assert report["movement"]["still"] == ()
    assert report["movement"]["share"] > 0.9
    assert any(line.startswith("rows learnt: 32 with") and "none cut" in line for line in told)


def test_every_row_that_was_kept_was_learnt(full):
    folder, report, _ = full
    lines = [json.loads(line) for line in (folder / "out" / "metrics.jsonl").read_text().splitlines()]
    assert max(line.get("num_tokens", 0) for line in lines) == report["rows"]["tokens"]


def test_an_export_is_the_trained_model_in_the_type_of_its_base(full, lora):
    folder, report, _ = full
    assert report["fidelity"]["agreement"] == 1.0
    assert report["fidelity"]["effect_lost"] < 1e-5
    assert {str(item.dtype) for item in weights(folder / "out" / "model" / "model.safetensors").values()} == {"float32"}
    assert json.loads((lora[0] / "out" / "model" / "config.json").read_text())["dtype"] == "bfloat16"


def test_packed_examples_do_not_see_each_other_and_prompts_cost_no_loss(full):
    folder, _, _ = full
    config = load_train_config(folder / "tiny.toml", ["optimisation.packing=true"], {})
    prepared = prepare(config)
    settings = sft_config(config, folder / "unused", evaluate=False)
    trainer = make_trainer(
        config, prepared.source, load_model(prepared.source.path, config.model), prepared.rows, prepared.held_out, settings
    )
    batch = next(iter(trainer.get_train_dataloader()))
    packed = [row for row in prepared.rows.rows if _holds(batch["input_ids"][0].tolist(), [*row.prompt, *row.response])]
    assert len(packed) > 1
    assert int((batch["labels"] != -100).sum()) == sum(len(row.response) for row in packed)
    alone = answers(load_model(prepared.source.path, config.model), packed)
    trainer.model.eval()
    loss = float(trainer.compute_loss(trainer.model, trainer._prepare_inputs(batch)))
    assert loss == pytest.approx(alone.loss, abs=1e-4)


def _holds(ids, part):
    return any(ids[place : place + len(part)] == part for place in range(len(ids)))


def test_the_same_training_is_not_trained_twice_and_another_one_is_refused(full):
    folder, report, _ = full
    told = []
    again = trained(folder / "tiny.toml", folder / "out", "checkpoints.every_steps=5", told=told)
    assert again["losses"] == [list(item) for item in report["losses"]]
    assert told[0].startswith("was trained before")
    with pytest.raises(StorageError, match="is a checkpoint of another config or other rows; give another --out"):
        trained(folder / "tiny.toml", folder / "out", "optimisation.learning_rate=1e-3")


def test_a_full_training_that_goes_on_ends_in_the_same_weights(full):
    folder, report, _ = full
    (folder / "again" / "checkpoints").mkdir(parents=True)
    (folder / "out" / "checkpoints" / "checkpoint-6").rename(folder / "again" / "checkpoints" / "checkpoint-6")
    again = trained(folder / "tiny.toml", folder / "again")
    assert (again["begun_at"], again["steps"]) == (6, 8)
    assert same(folder / "out", folder / "again")
    assert again["losses"][-1] == list(report["losses"])[-1]


def test_a_training_that_was_killed_ends_in_the_same_weights(tmp_path):
    config = write(tmp_path)
    report = trained(config, tmp_path / "whole", LORA)
    running = start(command(config, tmp_path / "killed", LORA))
    with running:
        for line in running.stdout:
            if line.startswith("step 4"):
                running.send_signal(signal.SIGKILL)
                break
    (tmp_path / "killed" / "checkpoints" / "checkpoint-99").mkdir()
    assert not (tmp_path / "killed" / "model").exists()
    again = trained(config, tmp_path / "killed", LORA)
    assert (again["begun_at"], again["steps"]) == (3, 8)
    assert again["losses"] == report["losses"]
    assert same(tmp_path / "whole", tmp_path / "killed")


def same(one, other):
    first, second = (weights(out / "model" / "model.safetensors") for out in (one, other))
    return first.keys() == second.keys() and all(np.array_equal(first[name], second[name]) for name in first)


def test_a_merged_adapter_and_the_adapter_itself_are_one_model(lora, tmp_path):
    from peft import PeftModel

    folder, report = lora
    out = folder / "out"
    config = load_train_config(folder / "tiny.toml", [], {})
    rows = prepare(config).rows.rows[:4]
    base = load_model(str(folder / "model"), config.model)
    itself = answers(PeftModel.from_pretrained(base, str(out / "adapter")), rows)
    merged = answers(load_model(str(out / "model"), config.model), rows)
    assert np.abs(itself.logprobs - merged.logprobs).mean() < 0.05
    exact = trained(folder / "tiny.toml", tmp_path, LORA, 'export.dtype="float32"')
    assert exact["fidelity"]["effect_lost"] < 1e-3 < report["fidelity"]["effect_lost"], "rounding to bfloat16 is measured"


def test_adapters_on_a_tied_head_or_on_nothing_are_refused_and_a_whole_head_is_untied(lora, tmp_path):
    folder, _ = lora
    with pytest.raises(ConfigError, match="no adapter on lm_head"):
        trained(folder / "tiny.toml", tmp_path, 'method={type="lora", targets=["q_proj", "lm_head"]}')
    for names in ('targets=["q_proj", "v_porj"]', 'whole=["v_porj"]'):
        with pytest.raises(ConfigError, match=r"the model has no module 'v_porj'; its modules are .*, v_proj"):
            trained(folder / "tiny.toml", tmp_path, f'method={{type="lora", {names}}}')
    report = trained(
        folder / "tiny.toml", tmp_path, 'method={type="lora", targets=["q_proj"], whole=["lm_head"]}', 'export.dtype="float32"'
    )
    assert report["fidelity"]["agreement"] == 1.0
    assert json.loads((tmp_path / "model" / "config.json").read_text())["tie_word_embeddings"] is False


def test_bad_input_is_one_line_and_exit_code_2(tmp_path, capsys):
    config = write(tmp_path, template=None)
    assert main(command(config, tmp_path / "out")[3:]) == 2
    (line,) = capsys.readouterr().err.splitlines()[-1:]
    assert line.startswith("coderm: model ")
    assert "no chat template; take an instruct model" in line


@pytest.fixture
def small_files():
    """No file of this process may grow beyond 64 KiB, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_is_one_line_and_leaves_no_half_model(full, small_files):
    folder, _, _ = full
    with pytest.raises(StorageError, match=r"cannot be written \(.*\); free some disk space, and give the same command"):
        trained(folder / "tiny.toml", folder / "small")
    assert not (folder / "small" / "model").exists()


def test_measuring_test_quality_changes_no_weight_and_is_told_before_and_after(full, tmp_path, monkeypatch):
    monkeypatch.setattr(sampling, "TOLD_EVERY_S", 0.0)
    folder, _, _ = full
    measured = 'quality={problems={source="starter", only=["starter/even-total"]}, tests=2, every_steps=4, sampling={max_tokens=9}}'
    told = []
    report = trained(folder / "tiny.toml", tmp_path / "out", measured, "sandbox.type=local", told=told)
    assert [step for step, _ in report["quality"]] == [0, 4, 8]
    assert {found["quality/texts"] for _, found in report["quality"]} == {2.0}
    assert "test quality: texts 1 to 2 of 2: 1 of at most 9 tokens" in told
    assert same(folder / "out", tmp_path / "out")
    assert "| texts that hold a test |" in (tmp_path / "out" / "model" / "README.md").read_text()


@pytest.mark.long
def test_two_processes_join_their_gradients(full, tmp_path):
    folder, report, _ = full
    words = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", *command(folder / "tiny.toml", tmp_path)[1:]]
    with start(words) as running:
        told = running.stdout.read()
    assert running.returncode == 0, told
    assert told.count("rows learnt: 32 with") == 1
    found = json.loads((tmp_path / "report.json").read_text())
    assert found["losses"][-1][1] < report["losses"][0][1]


WORKERS = ("workers.count=2", "workers.cpus=0.5", "workers.address=local")
ON_RAY = (*WORKERS, "optimisation.max_steps=60", "checkpoints.every_steps=10")


@pytest.fixture(scope="module")
def on_ray(full, tmp_path_factory):
    """A training by two workers of Ray Train: its directory and what it told."""
    out = tmp_path_factory.mktemp("ray") / "out"
    with start(command(full[0] / "tiny.toml", out, *ON_RAY)) as running:
        told = running.stdout.read()
    assert running.returncode == 0, told
    return out, told


@pytest.mark.long
def test_workers_of_ray_train_the_same_model(full, on_ray):
    out, told = on_ray
    assert "step 60 of 60: held-out loss" in told
    assert not (out / ".ray-train").exists()
    with start(command(full[0] / "tiny.toml", out, *ON_RAY, "optimisation.learning_rate=1e-3")) as running:
        told = running.stdout.read()
    assert running.returncode == 3
    assert "is a checkpoint of another config or other rows" in told.splitlines()[-1]


@pytest.mark.long
def test_a_worker_of_ray_that_is_killed_is_started_again_and_the_weights_are_the_same(full, on_ray, tmp_path):
    told = []
    with start(command(full[0] / "tiny.toml", tmp_path, *ON_RAY)) as running:
        for line in running.stdout:
            first = line.startswith("step 12 of 60: loss") and not any(earlier.startswith("step 12") for earlier in told)
            told.append(line)
            if first:
                below = psutil.Process(running.pid).children(recursive=True)
                [one for one in below if "TrainWorker" in "".join(one.cmdline())][-1].kill()
    assert running.returncode == 0, "".join(told)
    assert sum(line.startswith("workers were lost") for line in told) == 1, told
    report = json.loads((tmp_path / "report.json").read_text())
    assert (0 < report["begun_at"] < 60, report["steps"]) == (True, 60)
    assert same(on_ray[0], tmp_path)
