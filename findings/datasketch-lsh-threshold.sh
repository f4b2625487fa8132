#!/usr/bin/env bash
# datasketch 2.0.0: MinHashLSH(threshold=0.7, num_perm=128) is expected to find nearly every pair that is at least 0.7 alike, as
# approximate indexes err towards too many candidates. By default it weighs false candidates as much as missed pairs: 14 bands of 9
# rows. Of pairs of sets that are 0.72 alike it misses about half, without a word; weights=(0.1, 0.9) still misses some.
# Near-duplicates stay in a data set. Here bands are chosen so that 99 % of pairs at the threshold are compared.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q datasketch==2.0.0 numpy==2.3.5 scipy==1.17.1

cat > "$work/run.py" <<'PYTHON'
from datasketch import MinHash, MinHashLSH

PAIRS, COMMON, OWN = 400, 72, 14  # 72 / (72 + 2 * 14) = 0.72


def minhash(words: list[str]) -> MinHash:
    signed = MinHash(num_perm=128)
    signed.update_batch([word.encode() for word in words])
    return signed


def found(**settings: object) -> str:
    share = 0
    for pair in range(PAIRS):
        common = [f"{pair} common {number}" for number in range(COMMON)]
        one, other = (minhash([*common, *(f"{pair} {side} {number}" for number in range(OWN))]) for side in "ab")
        index = MinHashLSH(threshold=0.7, num_perm=128, **settings)
        index.insert("one", one)
        share += bool(index.query(other))
    return f"{index.b} bands of {index.r} rows find {share} of {PAIRS} pairs"


print("default:", found())
print("weights 0.1, 0.9:", found(weights=(0.1, 0.9)))
print("25 bands of 5:", found(params=(25, 5)))
PYTHON

expected="default: 14 bands of 9 rows find 205 of 400 pairs
weights 0.1, 0.9: 20 bands of 6 rows find 385 of 400 pairs
25 bands of 5: 25 bands of 5 rows find 398 of 400 pairs"
found=$("$work/venv/bin/python" "$work/run.py")
if [ "$found" != "$expected" ]; then printf 'changed:\n%s\n' "$found"; exit 1; fi
printf 'holds:\n%s\n' "$found"
