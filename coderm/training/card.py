"""The model card: what was trained from what, how, and what the measurements say. Names no directory of the machine."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from coderm.config.training import LoraMethod, TrainConfig
from coderm.training.measurement import table

LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate")


def model_card(config: TrainConfig, report: Mapping[str, Any], *, adapter: bool = False) -> str:
    """Return the README.md of an export. report: as `report.json` holds it; adapter: of the adapter, not of the merged model."""
    name = Path(config.model.name).name if Path(config.model.name).is_dir() else config.model.name
    parts = [_head(config, name, adapter), _what(config, name, adapter), _use(name, adapter), _data(config, report)]
    return "\n\n".join([*parts, _how(config, report), _results(report), _versions(report)]) + "\n"


def _head(config: TrainConfig, name: str, adapter: bool) -> str:
    library = "peft" if adapter else "transformers"
    lines = ["---", f"base_model: {name}", f"library_name: {library}", "tags:", "- code", "- unit-tests", "- reward-model"]
    return "\n".join([*lines, *([f"license: {config.data.licence}"] if config.data.licence else []), "---"])


def _what(config: TrainConfig, name: str, adapter: bool) -> str:
    kind = "An adapter (LoRA) of" if adapter else "A fine-tune of"
    merged = ", merged into its base in float32" if isinstance(config.method, LoraMethod) and not adapter else ""
    purpose = "trained with `coderm train` to write unittest classes that tell right programs from wrong ones"
    return f"# Unit test writer\n\n{kind} {name}{merged}, {purpose}."


def _use(name: str, adapter: bool) -> str:
    served = f"vllm serve {name} --enable-lora --lora-modules writer=DIR" if adapter else "vllm serve DIR"
    return f"## Use\n\n```\n{served}\n```\n\nIts prompts are those of `coderm run`: a question and a program, one user message."


def _data(config: TrainConfig, report: Mapping[str, Any]) -> str:
    rows = report["rows"]
    reasons = ", ".join(f"{count} {reason}" for reason, count in rows["left_out"].items()) or "none"
    return "\n".join([
        "## Data",
        "",
        f"{Path(config.data.path).name}: {rows['kept']:,} rows learnt, {rows['tokens']:,} tokens, {rows['learnt_tokens']:,} of "
        f"them answers. Left out: {reasons}; cut: none.",
        f"Licence: {config.data.licence or 'not stated'}. Prompt style: {config.data.prompt_style}. Digest of the rendered "
        f"prompts: {rows['prompts']}.",
    ])  # fmt: skip


def _how(config: TrainConfig, report: Mapping[str, Any]) -> str:
    how, method = config.optimisation, config.method
    kind = f"LoRA, rank {method.rank}, alpha {method.alpha:g}" if isinstance(method, LoraMethod) else "full fine-tune"
    return "\n".join([
        "## Training",
        "",
        f"{kind}; {report['steps']} steps of {how.batch} rows of at most {config.data.max_length} tokens, packing "
        f"{'on' if how.packing else 'off'}; learning rate {how.rate(method):g}, {how.schedule}, warm-up {how.warmup:g}; weights in "
        f"{config.model.dtype}; seed {config.seed}.",
        f"{report['movement']['share']:.0%} of the trained weights looked at moved.",
    ])  # fmt: skip


def _results(report: Mapping[str, Any]) -> str:
    lines = ["## Results", ""]
    if report["losses"]:
        lines += ["| held-out loss | " + " | ".join(f"step {step}" for step, _ in report["losses"]) + " |"]
        lines += ["|---|" + "---|" * len(report["losses"])]
        lines += ["| nats a token | " + " | ".join(f"{loss:.4f}" for _, loss in report["losses"]) + " |", ""]
    if report["quality"]:
        problems = int(report["quality"][-1][1]["quality/problems"])
        lines += [*table(report["quality"]), "", f"Measured on {problems} held-out problems; the tests were executed.", ""]
    else:
        lines += ["Test quality was not measured (`quality.problems` names no problems).", ""]
    near = report["fidelity"]
    lines.append(
        f"Export against the trained model on {near['tokens']} tokens: loss {near['exported_loss']:.4f} and "
        f"{near['trained_loss']:.4f} (base {near['base_loss']:.4f}), same likeliest token in {near['agreement']:.1%}, "
        f"{near['effect_lost']:.1%} of the training's effect lost to rounding."
    )
    return "\n".join(lines)


def _versions(report: Mapping[str, Any]) -> str:
    found = [f"{name} {_version(name)}" for name in LIBRARIES]
    again = "The same config, rows and model files give the same identity."
    return f"## Reproduce\n\nTraining {report['identity']}; {', '.join(found)}. {again}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
