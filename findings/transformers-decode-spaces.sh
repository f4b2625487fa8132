#!/usr/bin/env bash
# The same tokenizer, the same ids, two programs. Where a tokenizer's config sets clean_up_tokenization_spaces,
# transformers 4.57.1 takes spaces out of the decoded program, inside string literals too; 5.17.0 leaves a BPE tokenizer's
# text alone. A verdict recorded under one is of a text that the other never shows.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/run.py" <<'PYTHON'
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

code = """return text.split(" ,") or "do n't" """
letters = Tokenizer(models.BPE())
letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
letters.decoder = decoders.ByteLevel()
alphabet = pre_tokenizers.ByteLevel.alphabet()
letters.train_from_iterator([code], trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False))
tokenizer = PreTrainedTokenizerFast(tokenizer_object=letters, clean_up_tokenization_spaces=True)
print(tokenizer.decode(tokenizer(code).input_ids).strip())
PYTHON

found=""
for version in 4.57.1 5.17.0; do
    python3 -m venv "$work/$version"
    "$work/$version/bin/pip" install -q "transformers==$version"
    found+="$version: $("$work/$version/bin/python" "$work/run.py" 2>/dev/null)"$'\n'
done

expected="4.57.1: return text.split(\",\") or \"don't\"
5.17.0: return text.split(\" ,\") or \"do n't\"
"
if [ "$found" != "$expected" ]; then printf 'changed:\n%s' "$found"; exit 1; fi
printf 'holds:\n%s' "$found"
