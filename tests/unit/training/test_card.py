"""The model card says what was trained, from what, and what was measured."""

from coderm.config.loader import load_train_config
from coderm.training.card import model_card

REPORT = {
    "identity": "abc",
    "steps": 8,
    "rows": {"kept": 32, "left_out": {"no_answer": 1}, "tokens": 1456, "learnt_tokens": 445, "prompts": "145bd"},
    "movement": {"share": 0.93},
    "losses": [[0, 4.6], [8, 2.28]],
    "quality": [[0, {"quality/problems": 5.0, "quality/usable": 0.5}], [8, {"quality/problems": 5.0, "quality/usable": 0.75}]],
    "fidelity": {"tokens": 9, "exported_loss": 2.3, "trained_loss": 2.2, "base_loss": 4.6, "agreement": 1.0, "effect_lost": 0.05},
}


def card(*overrides, adapter=False, **changed):
    config = load_train_config(None, ['data.path="/home/me/sft.jsonl"', "data.licence=mit", *overrides], {})
    return model_card(config, REPORT | changed, adapter=adapter)


def test_a_card_holds_data_recipe_and_results():
    text = card('method={type="lora", rank=8}')
    assert text.startswith("---\nbase_model: smollm2\nlibrary_name: transformers\n")
    for part in (
        "license: mit",
        "sft.jsonl: 32 rows learnt, 1,456 tokens",
        "Left out: 1 no_answer",
        "LoRA, rank 8",
        "| texts that hold a test | 50.0% | 75.0% |",
        "merged into its base in float32",
        "Training abc; torch",
    ):
        assert part in text
    assert "/home/me" not in text


def test_the_adapter_has_a_card_that_serves_it():
    text = card('method={type="lora"}', adapter=True)
    assert "library_name: peft" in text
    assert "vllm serve smollm2 --enable-lora --lora-modules writer=DIR" in text


def test_what_was_not_measured_is_said():
    assert "Test quality was not measured" in card(quality=[])
