#!/usr/bin/env bash
# peft 0.21.2, LoraConfig. One would think that a name in target_modules or modules_to_save which no module has is an error. It is one only
# where no name matches at all: beside a right name a misspelled one is passed over without a word, so fewer modules are trained than
# were asked for, and the saved adapter still lists the name. This project compares the names with the modules of the model, and refuses.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q torch==2.13.0 transformers==5.17.0 peft==0.21.2

cat > "$work/run.py" <<'PYTHON'
import warnings

warnings.simplefilter("error")
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

SHAPE = LlamaConfig(vocab_size=50, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)


def trained(**names):
    try:
        model = get_peft_model(LlamaForCausalLM(SHAPE), LoraConfig(task_type="CAUSAL_LM", **names))
    except Exception as error:
        return type(error).__name__
    names = [name for name, weight in model.named_parameters() if weight.requires_grad]
    return sorted({name.split(".lora_")[0].split(".modules_to_save")[0].split(".")[-1] for name in names})


print(trained(target_modules=["v_porj"]))
print(trained(target_modules=["q_proj", "v_porj"]))
print(trained(target_modules=["q_proj"], modules_to_save=["lm_haed"]))
PYTHON

found=$(OMP_NUM_THREADS=1 "$work/venv/bin/python" "$work/run.py")
expected="NoMatchingPeftModuleError
['q_proj']
['q_proj']"
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
