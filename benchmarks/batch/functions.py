"""Four problems whose programs are functions. RIGHT and WRONG are by problem; LOOPING never ends on any of its cases."""

ENTRY = {"longest_run": "longest_run", "to_base": "to_base", "merge": "merge", "caesar": "caesar"}

CASES: dict[str, list[tuple[tuple[object, ...], object]]] = {
    "longest_run": [
        (("",), 0), (("a",), 1), (("aab",), 2), (("abb",), 2), (("abc",), 1), (("aaaa",), 4), (("aabbb",), 3), (("abbba",), 3),
        (("zzzzzy",), 5), (("xyxyxy",), 1), (("aabbaabb",), 2), (("aabbbb",), 4), (("mississippi",), 2), (("1112223333",), 4),
        (("  x   ",), 3), (("qqwwweeeerrrrr",), 5),
    ],
    "to_base": [
        ((0, 2), "0"), ((1, 2), "1"), ((5, 2), "101"), ((255, 16), "ff"), ((255, 2), "11111111"), ((10, 3), "101"), ((35, 36), "z"),
        ((36, 36), "10"), ((-5, 2), "-101"), ((-255, 16), "-ff"), ((1000, 7), "2626"), ((123456789, 10), "123456789"), ((8, 8), "10"),
        ((7, 8), "7"), ((1295, 36), "zz"), ((-1, 10), "-1"),
    ],
    "merge": [
        (([],), []), (([[1, 2]],), [[1, 2]]), (([[1, 3], [2, 4]],), [[1, 4]]), (([[1, 2], [3, 4]],), [[1, 2], [3, 4]]),
        (([[3, 4], [1, 2]],), [[1, 2], [3, 4]]), (([[1, 4], [4, 5]],), [[1, 5]]), (([[1, 10], [2, 3]],), [[1, 10]]),
        (([[2, 3], [1, 10]],), [[1, 10]]), (([[1, 2], [2, 3], [3, 4]],), [[1, 4]]), (([[5, 6], [1, 2], [2, 5]],), [[1, 6]]),
        (([[0, 0]],), [[0, 0]]), (([[0, 0], [0, 1]],), [[0, 1]]), (([[-3, -1], [-2, 2]],), [[-3, 2]]),
        (([[1, 4], [0, 4]],), [[0, 4]]), (([[1, 4], [0, 0]],), [[0, 0], [1, 4]]), (([[6, 8], [1, 9], [2, 4], [4, 7]],), [[1, 9]]),
    ],
    "caesar": [
        (("abc", 1), "bcd"), (("xyz", 3), "abc"), (("ABC", 1), "BCD"), (("XYZ", 3), "ABC"), (("Hello, World!", 5), "Mjqqt, Btwqi!"),
        (("", 4), ""), (("abc", 0), "abc"), (("abc", 26), "abc"), (("abc", 27), "bcd"), (("bcd", -1), "abc"), (("abc", -1), "zab"),
        (("a1b2", 2), "c1d2"), (("The Quick", 13), "Gur Dhvpx"), (("zZ", 1), "aA"), (("a b c", 52), "a b c"), (("aZ", -27), "zY"),
    ],
}  # fmt: skip

RIGHT: dict[str, list[str]] = {
    "longest_run": [
        """
def longest_run(s):
    best = cur = 0
    prev = None
    for ch in s:
        cur = cur + 1 if ch == prev else 1
        prev = ch
        best = max(best, cur)
    return best
""",
        """
from itertools import groupby

def longest_run(s: str) -> int:
    return max((sum(1 for _ in g) for _, g in groupby(s)), default=0)
""",
        """
import re

def longest_run(s):
    return max((len(m.group(0)) for m in re.finditer(r'(.)\\1*', s, re.S)), default=0)
""",
        """
def longest_run(s):
    if not s:
        return 0
    longest = 1
    current = 1
    for i in range(1, len(s)):
        if s[i] == s[i - 1]:
            current += 1
            if current > longest:
                longest = current
        else:
            current = 1
    return longest
""",
        """
class Solution:
    def longestRun(self, s: str) -> int:
        i, best = 0, 0
        while i < len(s):
            j = i
            while j < len(s) and s[j] == s[i]:
                j += 1
            best = max(best, j - i)
            i = j
        return best

def longest_run(s):
    return Solution().longestRun(s)
""",
        """
from functools import reduce

def longest_run(s):
    def step(state, ch):
        best, cur, prev = state
        cur = cur + 1 if ch == prev else 1
        return (max(best, cur), cur, ch)
    return reduce(step, s, (0, 0, None))[0]
""",
        """
def longest_run(s):
    # Try every length, longest first.
    for size in range(len(s), 0, -1):
        for i in range(len(s) - size + 1):
            if len(set(s[i:i + size])) == 1:
                return size
    return 0
""",
        """
from typing import Dict

def longest_run(s: str) -> int:
    runs: Dict[int, int] = {}
    start = 0
    for i, c in enumerate(s):
        if i and c != s[i - 1]:
            start = i
        runs[start] = runs.get(start, 0) + 1
    return max(runs.values()) if runs else 0

if __name__ == "__main__":
    print(longest_run("aabbb"))
""",
    ],
    "to_base": [
        """
def to_base(n, base):
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    if n == 0:
        return "0"
    sign = "-" if n < 0 else ""
    n = abs(n)
    out = ""
    while n:
        n, r = divmod(n, base)
        out = digits[r] + out
    return sign + out
""",
        """
import string

def to_base(n: int, base: int) -> str:
    alphabet = string.digits + string.ascii_lowercase
    if n < 0:
        return "-" + to_base(-n, base)
    if n < base:
        return alphabet[n]
    return to_base(n // base, base) + alphabet[n % base]
""",
        """
def to_base(n, base):
    if n == 0:
        return '0'
    res = []
    neg = n < 0
    if neg:
        n = -n
    while n > 0:
        d = n % base
        res.append(chr(48 + d) if d < 10 else chr(87 + d))
        n //= base
    if neg:
        res.append('-')
    return ''.join(reversed(res))
""",
        """
from collections import deque

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"

def to_base(n, base):
    out = deque()
    m = abs(n)
    while True:
        m, r = divmod(m, base)
        out.appendleft(DIGITS[r])
        if m == 0:
            break
    if n < 0:
        out.appendleft("-")
    return "".join(out)
""",
        """
def to_base(n, base):
    def digits(m):
        while m:
            yield "0123456789abcdefghijklmnopqrstuvwxyz"[m % base]
            m //= base
    text = "".join(digits(abs(n)))[::-1] or "0"
    return f"-{text}" if n < 0 else text
""",
        """
class BaseConverter:
    def __init__(self, base):
        self.base = base
        self.digits = "0123456789abcdefghijklmnopqrstuvwxyz"[:base]

    def convert(self, n):
        if n < 0:
            return "-" + self.convert(-n)
        head, tail = divmod(n, self.base)
        return (self.convert(head) if head else "") + self.digits[tail]

def to_base(n, base):
    return BaseConverter(base).convert(n)
""",
        """
import math

def to_base(n, base):
    if n == 0:
        return "0"
    m, power = abs(n), 1
    while power * base <= m:
        power *= base
    out = []
    while power:
        d, m = divmod(m, power)
        out.append("0123456789abcdefghijklmnopqrstuvwxyz"[d])
        power //= base
    return ("-" if n < 0 else "") + "".join(out)
""",
        """
from functools import lru_cache

@lru_cache(maxsize=None)
def _convert(n, base):
    symbols = "0123456789abcdefghijklmnopqrstuvwxyz"
    return symbols[n] if n < base else _convert(n // base, base) + symbols[n % base]

def to_base(n, base):
    return ("-" if n < 0 else "") + _convert(abs(n), base)
""",
    ],
    "merge": [
        """
def merge(intervals):
    out = []
    for start, end in sorted(intervals):
        if out and start <= out[-1][1]:
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([start, end])
    return out
""",
        """
from typing import List

class Solution:
    def merge(self, intervals: List[List[int]]) -> List[List[int]]:
        intervals.sort(key=lambda x: x[0])
        merged = []
        for interval in intervals:
            if not merged or merged[-1][1] < interval[0]:
                merged.append(interval)
            else:
                merged[-1][1] = max(merged[-1][1], interval[1])
        return merged

def merge(intervals):
    return Solution().merge([list(i) for i in intervals])
""",
        """
def merge(intervals):
    if not intervals:
        return []
    ordered = sorted(intervals, key=lambda pair: (pair[0], pair[1]))
    result = [list(ordered[0])]
    for current in ordered[1:]:
        last = result[-1]
        if current[0] <= last[1]:
            if current[1] > last[1]:
                last[1] = current[1]
        else:
            result.append(list(current))
    return result
""",
        """
import heapq

def merge(intervals):
    heap = [tuple(i) for i in intervals]
    heapq.heapify(heap)
    out = []
    while heap:
        s, e = heapq.heappop(heap)
        if out and s <= out[-1][1]:
            out[-1] = [out[-1][0], max(e, out[-1][1])]
        else:
            out.append([s, e])
    return out
""",
        """
from functools import reduce

def merge(intervals):
    def join(done, pair):
        if done and pair[0] <= done[-1][1]:
            return done[:-1] + [[done[-1][0], max(done[-1][1], pair[1])]]
        return done + [[pair[0], pair[1]]]
    return reduce(join, sorted(intervals), [])
""",
        """
def merge(intervals):
    def walk(rest):
        if not rest:
            return []
        (s, e), *others = rest
        while others and others[0][0] <= e:
            e = max(e, others.pop(0)[1])
        return [[s, e]] + walk(others)
    return walk(sorted(intervals))
""",
        """
def merge(intervals):
    events = []
    for s, e in intervals:
        events.append((s, 0))
        events.append((e, 1))
    events.sort()
    depth, start, out = 0, None, []
    for x, kind in events:
        if kind == 0:
            if depth == 0:
                start = x
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                out.append([start, x])
    return out
""",
        """
from dataclasses import dataclass

@dataclass
class Span:
    start: int
    end: int

    def touches(self, other):
        return other.start <= self.end

def merge(intervals):
    spans = [Span(*pair) for pair in sorted(intervals)]
    done = []
    for span in spans:
        if done and done[-1].touches(span):
            done[-1].end = max(done[-1].end, span.end)
        else:
            done.append(span)
    return [[span.start, span.end] for span in done]
""",
    ],
    "caesar": [
        """
def caesar(text, k):
    out = []
    for ch in text:
        if ch.islower():
            out.append(chr((ord(ch) - 97 + k) % 26 + 97))
        elif ch.isupper():
            out.append(chr((ord(ch) - 65 + k) % 26 + 65))
        else:
            out.append(ch)
    return "".join(out)
""",
        """
import string

def caesar(text, k):
    k %= 26
    lower, upper = string.ascii_lowercase, string.ascii_uppercase
    table = str.maketrans(lower + upper, lower[k:] + lower[:k] + upper[k:] + upper[:k])
    return text.translate(table)
""",
        """
def caesar(text: str, k: int) -> str:
    def shift(c, first):
        return chr((ord(c) - ord(first) + k) % 26 + ord(first))
    return "".join(shift(c, "a") if "a" <= c <= "z" else shift(c, "A") if "A" <= c <= "Z" else c for c in text)
""",
        """
from string import ascii_lowercase as low

def caesar(text, k):
    mapping = {c: low[(i + k) % 26] for i, c in enumerate(low)}
    mapping.update({c.upper(): v.upper() for c, v in list(mapping.items())})
    return ''.join(mapping.get(c, c) for c in text)
""",
        """
import re

def caesar(text, k):
    def sub(match):
        c = match.group()
        base = ord('a') if c.islower() else ord('A')
        return chr(base + (ord(c) - base + k) % 26)
    return re.sub('[A-Za-z]', sub, text)
""",
        """
class Cipher:
    SIZE = 26

    def __init__(self, shift):
        self.shift = shift % self.SIZE

    def encode(self, text):
        result = ""
        for letter in text:
            if letter.isalpha():
                start = ord("A") if letter.isupper() else ord("a")
                result += chr(start + (ord(letter) - start + self.shift) % self.SIZE)
            else:
                result += letter
        return result

def caesar(text, k):
    return Cipher(k).encode(text)
""",
        """
def caesar(text, k):
    data = bytearray(text.encode())
    for i, b in enumerate(data):
        if 97 <= b <= 122:
            data[i] = (b - 97 + k) % 26 + 97
        elif 65 <= b <= 90:
            data[i] = (b - 65 + k) % 26 + 65
    return data.decode()
""",
        """
def caesar(text, k):
    if not text:
        return text
    head, tail = text[0], text[1:]
    if head.isalpha():
        alphabet = "abcdefghijklmnopqrstuvwxyz"
        moved = alphabet[(alphabet.index(head.lower()) + k) % 26]
        head = moved.upper() if head.isupper() else moved
    return head + caesar(tail, k)
""",
    ],
}

WRONG: dict[str, list[str]] = {
    "longest_run": [
        "def longest_run(s):\n    return len(s)\n",
        "def longest_run(s):\n    return max(s.count(c) for c in s) if s else 0\n",
        "def longest_run(s):\n    best = cur = 1\n    for a, b in zip(s, s[1:]):\n        cur = cur + 1 if a == b else 1\n"
        "        best = max(best, cur)\n    return best\n",
        "def longest_run(s):\n    best = cur = 0\n    for a, b in zip(s, s[1:]):\n        if a == b:\n            cur += 1\n"
        "        else:\n            best = max(best, cur + 1)\n            cur = 0\n    return best\n",
        "def longest_run(s):\n    return max(sum(1 for _ in g) for _, g in groupby(s))\n",
        "def longest_run(s)\n    return 0\n",
        "def longest_run(s):\n    return len(set(s))\n",
    ],
    "to_base": [
        "def to_base(n, base):\n    return str(n)\n",
        "def to_base(n, base):\n    out = ''\n    while n > 0:\n        out = str(n % base) + out\n        n //= base\n    return out or '0'\n",
        "def to_base(n, base):\n    d = '0123456789abcdefghijklmnopqrstuvwxyz'\n    out = ''\n    n = abs(n)\n    while n:\n"
        "        out = d[n % base] + out\n        n //= base\n    return out or '0'\n",
        "def to_base(n, base):\n    d = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'\n    if n == 0:\n        return '0'\n    s, n, out = n < 0, abs(n), ''\n"
        "    while n:\n        out = d[n % base] + out\n        n //= base\n    return '-' * s + out\n",
        "def to_base(n, base):\n    return {2: bin, 8: oct, 16: hex}[base](n)[2:]\n",
        "def to_base(n, base):\n    d = '0123456789abcdefghijklmnopqrstuvwxyz'\n    out = ''\n    m = abs(n)\n    while m:\n"
        "        out += d[m % base]\n        m //= base\n    return ('-' if n < 0 else '') + (out or '0')\n",
        "import numpy as np\n\ndef to_base(n, base):\n    return np.base_repr(n, base)\n",
    ],
    "merge": [
        "def merge(intervals):\n    return intervals\n",
        "def merge(intervals):\n    return sorted(intervals)\n",
        "def merge(intervals):\n    out = []\n    for s, e in sorted(intervals):\n        if out and s < out[-1][1]:\n"
        "            out[-1][1] = max(out[-1][1], e)\n        else:\n            out.append([s, e])\n    return out\n",
        "def merge(intervals):\n    out = []\n    for s, e in sorted(intervals):\n        if out and s <= out[-1][1]:\n"
        "            out[-1][1] = e\n        else:\n            out.append([s, e])\n    return out\n",
        "def merge(intervals):\n    out = []\n    for s, e in intervals:\n        if out and s <= out[-1][1]:\n"
        "            out[-1][1] = max(out[-1][1], e)\n        else:\n            out.append([s, e])\n    return out\n",
        "def merge(intervals):\n    a = sorted(intervals)\n    return [[a[0][0], max(e for _, e in a)]]\n",
        "def merge(intervals):\n    out = []\n    for s, e in sorted(intervals):\n        if out and s <= out[-1][1]:\n"
        "            out[-1] = (out[-1][0], max(out[-1][1], e))\n        else:\n            out.append((s, e))\n    return out\n",
    ],
    "caesar": [
        "def caesar(text, k):\n    return ''.join(chr(ord(c) + k) for c in text)\n",
        "def caesar(text, k):\n    return text\n",
        "def caesar(text, k):\n    return ''.join(chr((ord(c) - 97 + k) % 26 + 97) if c.isalpha() else c for c in text)\n",
        "def caesar(text, k):\n    return ''.join(chr((ord(c) - 97 + k) % 26 + 97) if c.islower() else c for c in text)\n",
        "def caesar(text, k):\n    return ''.join(chr((ord(c.lower()) - 97 + k) % 26 + 97) if c.isalpha() else c for c in text)\n",
        "def caesar(text, k):\n    return ''.join(chr((ord(c) - 97 - k) % 26 + 97) if c.islower() else\n"
        "                   chr((ord(c) - 65 - k) % 26 + 65) if c.isupper() else c for c in text)\n",
        "def caesar(text, k):\n    low = 'abcdefghijklmnopqrstuvwxyz'\n    out = ''\n    for c in text:\n        if c in low:\n"
        "            out += low[low.index(c) + k]\n        elif c.lower() in low:\n            out += low[low.index(c.lower()) + k].upper()\n"
        "        else:\n            out += c\n    return out\n",
    ],
}

LOOPING: dict[str, str] = {
    "longest_run": "def longest_run(s):\n    i = 0\n    while i <= len(s):\n        pass\n    return i\n",
    "to_base": "def to_base(n, base):\n    count = 0\n    while True:\n        count += 1\n        if count < 0:\n            return str(count)\n",
    "merge": "def merge(intervals):\n    changed = True\n    while changed:\n        changed = True\n    return intervals\n",
    "caesar": "def caesar(text, k):\n    i = 0\n    while i >= 0:\n        i += 1\n    return text\n",
}
