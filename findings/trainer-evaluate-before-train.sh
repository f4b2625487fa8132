#!/usr/bin/env bash
# transformers 5.17.0, Trainer on several processes. One would think that trainer.evaluate() before trainer.train(), which gives the
# loss to compare with, changes nothing. It leaves the bare model where the trainer looks for the wrapped one. So train() wraps none in
# DistributedDataParallel, every process trains alone on its share of the rows, and nothing says so: the losses look right. With
# eval_on_start, or without the evaluation, the gradients are joined. `coderm train` evaluates within the training, and compares the
# workers' weights in the end.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
pip=("$work/venv/bin/pip" install -q)
"${pip[@]}" torch==2.13.0+cpu 2>/dev/null || "${pip[@]}" --index-url https://download.pytorch.org/whl/cpu torch==2.13.0+cpu
"${pip[@]}" transformers==5.17.0 accelerate==1.15.0

cat > "$work/run.py" <<'PYTHON'
import os
import sys

import torch
from transformers import LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments

torch.manual_seed(0)
ids = [torch.randint(0, 50, (8,)) for _ in range(16)]
rows = [{"input_ids": row, "labels": row} for row in ids]
config = LlamaConfig(vocab_size=50, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
arguments = TrainingArguments(
    sys.argv[2], use_cpu=True, max_steps=4, per_device_train_batch_size=2, learning_rate=0.1, report_to="none", save_strategy="no",
    disable_tqdm=True,
)
trainer = Trainer(model=LlamaForCausalLM(config), args=arguments, train_dataset=rows, eval_dataset=rows)
if sys.argv[1] == "evaluated":
    trainer.evaluate()
trainer.train()
weights = torch.stack([weight.detach().double().sum() for weight in trainer.model.parameters()])
every = [torch.zeros_like(weights) for _ in range(2)]
torch.distributed.all_gather(every, weights)
if os.environ["RANK"] == "0":
    print(f"{sys.argv[1]} before: {type(trainer.model_wrapped).__name__}, workers end {'alike' if torch.equal(*every) else 'apart'}")
PYTHON

found=""
for before in nothing evaluated; do
    found+=$(OMP_NUM_THREADS=1 "$work/venv/bin/torchrun" --nproc_per_node 2 "$work/run.py" "$before" "$work/out" 2>/dev/null | grep before)$'\n'
done

expected="nothing before: DistributedDataParallel, workers end alike
evaluated before: LlamaForCausalLM, workers end apart
"
if [ "$found" != "$expected" ]; then printf 'changed:\n%s' "$found"; exit 1; fi
printf 'holds:\n%s' "$found"
