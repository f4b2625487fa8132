"""Four problems whose programs read stdin. RIGHT holds idioms that graders which imitate stdin are known to fail."""

_SUM = [
    ("3\n1 2 3\n", "6 3\n"), ("1\n5\n", "5 5\n"), ("2\n-1 -2\n", "-3 -1\n"), ("4\n0 0 0 0\n", "0 0\n"), ("5\n9 8 7 6 5\n", "35 9\n"),
    ("3\n100 200 300\n", "600 300\n"), ("2\n1000000 1\n", "1000001 1000000\n"), ("3\n-5 0 5\n", "0 5\n"), ("1\n-7\n", "-7 -7\n"),
    ("6\n1 1 1 1 1 1\n", "6 1\n"), ("2\n3 4", "7 4\n"), ("3\n7 7 8\n", "22 8\n"), ("4\n-1 -1 -1 -2\n", "-5 -1\n"), ("2\n0 -9\n", "-9 0\n"),
    ("7\n1 2 3 4 5 6 7\n", "28 7\n"), ("3\n999 1 1000\n", "2000 1000\n"),
]  # fmt: skip
_WORDS = [
    ("a b a\n", "a\n"), ("dog\ncat\ndog\n", "dog\n"), ("x\n", "x\n"), ("b a\n", "a\n"), ("b b a a\n", "a\n"), ("The the THE\n", "THE\n"),
    ("one two two three three three\n", "three\n"), ("z y x z\n", "z\n"), ("q\nq\nr\n", "q\n"), ("1 2 2\n", "2\n"), ("c b a c b\n", "b\n"),
    ("foo bar\nfoo\nbar bar\n", "bar\n"), ("a  a   b\n", "a\n"), ("k k\nl l\n", "k\n"), ("m n o p\n", "m\n"), ("up up\n\ndown\n", "up\n"),
]  # fmt: skip
_GCD = [
    ("4 6\n", "2\n"), ("7 3\n", "1\n"), ("10 5\n9 6\n", "5\n3\n"), ("1 1\n", "1\n"), ("100 75\n36 24\n17 51\n", "25\n12\n17\n"), ("8 8\n", "8\n"),
    ("12 18\n", "6\n"), ("1000000 10\n", "10\n"), ("21 14\n14 21\n", "7\n7\n"), ("13 26\n", "13\n"), ("6 35\n", "1\n"), ("48 180\n", "12\n"),
    ("2 4\n4 8\n8 16\n", "2\n4\n8\n"), ("81 27\n", "27\n"), ("99 100\n", "1\n"), ("270 192\n", "6\n"),
]  # fmt: skip
_ISLANDS = [
    ("1 1\n#\n", "1\n"), ("1 1\n.\n", "0\n"), ("2 2\n#.\n.#\n", "2\n"), ("2 2\n##\n##\n", "1\n"), ("3 3\n#.#\n...\n#.#\n", "4\n"),
    ("3 3\n###\n#.#\n###\n", "1\n"), ("1 5\n#.#.#\n", "3\n"), ("5 1\n#\n.\n#\n#\n.\n", "2\n"), ("2 3\n...\n...\n", "0\n"),
    ("3 4\n##..\n..##\n#..#\n", "3\n"), ("4 4\n#..#\n.##.\n.##.\n#..#\n", "5\n"), ("2 5\n#####\n.....\n", "1\n"),
    ("3 3\n.#.\n###\n.#.\n", "1\n"), ("3 5\n#.#.#\n.#.#.\n#.#.#\n", "8\n"), ("4 2\n##\n..\n##\n..\n", "2\n"), ("2 2\n#.\n#.\n", "1\n"),
]  # fmt: skip
CASES: dict[str, list[tuple[str, str]]] = {"sum_max": _SUM, "common_word": _WORDS, "gcds": _GCD, "islands": _ISLANDS}

RIGHT: dict[str, list[str]] = {
    "sum_max": [
        "n = int(input())\na = list(map(int, input().split()))\nprint(sum(a), max(a))\n",
        "import sys\ndata = sys.stdin.read().split()\na = [int(x) for x in data[1:]]\nprint(sum(a), max(a))\n",
        "import sys\nlines = sys.stdin.buffer.readlines()\na = list(map(int, lines[1].split()))\nsys.stdout.write(f'{sum(a)} {max(a)}\\n')\n",
        "import sys\ninput = sys.stdin.readline\n\ndef main():\n    input()\n    a = [*map(int, input().split())]\n    print(sum(a), max(a))\n\n"
        "if __name__ == '__main__':\n    main()\n",
        "total = 0\nbest = None\n\ndef add(x):\n    global total, best\n    total += x\n    best = x if best is None else max(best, x)\n\n"
        "n = int(input())\nfor word in input().split():\n    add(int(word))\nprint(total, best)\n",
        "data = open(0).read().split()\na = list(map(int, data[1:int(data[0]) + 1]))\nprint(sum(a), max(a))\n",
        "import fileinput\nlines = [line for line in fileinput.input()]\na = list(map(int, lines[1].split()))\nprint(sum(a), max(a))\n",
        "import os\ndata = os.read(0, 1 << 20).split()\na = list(map(int, data[1:]))\nos.write(1, b'%d %d\\n' % (sum(a), max(a)))\n",
    ],
    "common_word": [
        "import sys\nfrom collections import Counter\nc = Counter(sys.stdin.read().split())\nprint(min(c, key=lambda w: (-c[w], w)))\n",
        "import sys\ncount = {}\nfor line in sys.stdin:\n    for w in line.split():\n        count[w] = count.get(w, 0) + 1\n"
        "best = max(count.values())\nprint(sorted(w for w in count if count[w] == best)[0])\n",
        "from collections import defaultdict\nd = defaultdict(int)\nwhile True:\n    try:\n        line = input()\n    except EOFError:\n"
        "        break\n    for w in line.split():\n        d[w] += 1\nprint(sorted(d.items(), key=lambda p: (-p[1], p[0]))[0][0])\n",
        "import sys\nwords = sys.stdin.buffer.read().decode().split()\nprint(sorted(set(words), key=lambda w: (-words.count(w), w))[0])\n",
        "words = open(0).read().split()\nbest = ''\nfor w in sorted(set(words)):\n    if not best or words.count(w) > words.count(best):\n"
        "        best = w\nprint(best)\n",
        "import sys\nseen = {}\n\ndef note(w):\n    global seen\n    seen[w] = seen.get(w, 0) + 1\n\n"
        "[note(w) for line in sys.stdin.readlines() for w in line.split()]\nm = max(seen.values())\nprint(min(k for k, v in seen.items() if v == m))\n",
        "import fileinput\nfrom collections import Counter\nc = Counter(w for line in fileinput.input() for w in line.split())\n"
        "m = max(c.values())\nprint(min(w for w, n in c.items() if n == m))\n",
        "import sys, itertools\nws = sorted(sys.stdin.read().split())\nruns = [(-len(list(g)), k) for k, g in itertools.groupby(ws)]\nprint(min(runs)[1])\n",
    ],
    "gcds": [
        "import sys\nfrom math import gcd\nfor line in sys.stdin:\n    if line.strip():\n        a, b = map(int, line.split())\n        print(gcd(a, b))\n",
        "import sys\n\ndef gcd(a, b):\n    while b:\n        a, b = b, a % b\n    return a\n\n"
        "out = []\nfor line in sys.stdin.read().strip().split('\\n'):\n    a, b = map(int, line.split())\n    out.append(str(gcd(a, b)))\n"
        "print('\\n'.join(out))\n",
        "from math import gcd\ntry:\n    while True:\n        a, b = map(int, input().split())\n        print(gcd(a, b))\nexcept EOFError:\n    pass\n",
        "import sys\nfrom math import gcd\ndata = list(map(int, sys.stdin.buffer.read().split()))\n"
        "sys.stdout.buffer.write('\\n'.join(str(gcd(*p)) for p in zip(data[::2], data[1::2])).encode() + b'\\n')\n",
        "import sys, threading\nfrom math import gcd\nsys.setrecursionlimit(10 ** 6)\n\ndef g(a, b):\n    return a if b == 0 else g(b, a % b)\n\n"
        "def main():\n    for line in sys.stdin:\n        if line.strip():\n            print(g(*map(int, line.split())))\n\n"
        "t = threading.Thread(target=main)\nt.start()\nt.join()\n",
        "lines = open(0)\nfrom math import gcd\nfor line in lines:\n    if line.strip():\n        print(gcd(*(int(x) for x in line.split())))\n",
        "import sys\nfrom math import gcd\nwhile True:\n    line = sys.stdin.readline()\n    if not line:\n        break\n    if line.strip():\n"
        "        x, y = line.split()\n        print(gcd(int(x), int(y)))\nsys.exit(0)\n",
        "import sys\nfrom functools import reduce\nfrom math import gcd\nfor row in map(str.split, sys.stdin):\n    if row:\n        print(reduce(gcd, map(int, row)))\nexit()\n",
    ],
    "islands": [
        "import sys\nsys.setrecursionlimit(100000)\nr, c = map(int, input().split())\ng = [list(input().strip()) for _ in range(r)]\n\n"
        "def fill(i, j):\n    if 0 <= i < r and 0 <= j < c and g[i][j] == '#':\n        g[i][j] = '.'\n"
        "        for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1)):\n            fill(i + a, j + b)\n\n"
        "n = 0\nfor i in range(r):\n    for j in range(c):\n        if g[i][j] == '#':\n            n += 1\n            fill(i, j)\nprint(n)\n",
        "from collections import deque\nr, c = map(int, input().split())\ng = [input() for _ in range(r)]\nseen = set()\nn = 0\nfor i in range(r):\n"
        "    for j in range(c):\n        if g[i][j] == '#' and (i, j) not in seen:\n            n += 1\n            q = deque([(i, j)])\n            seen.add((i, j))\n"
        "            while q:\n                x, y = q.popleft()\n                for a, b in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):\n"
        "                    if 0 <= a < r and 0 <= b < c and g[a][b] == '#' and (a, b) not in seen:\n                        seen.add((a, b))\n"
        "                        q.append((a, b))\nprint(n)\n",
        "import sys\n_, *rows = sys.stdin.read().split('\\n')\ncells = {(i, j) for i, row in enumerate(rows) for j, ch in enumerate(row) if ch == '#'}\n"
        "n = 0\nwhile cells:\n    n += 1\n    stack = [cells.pop()]\n    while stack:\n        i, j = stack.pop()\n"
        "        for p in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):\n            if p in cells:\n                cells.remove(p)\n                stack.append(p)\nprint(n)\n",
        "parent = {}\n\ndef find(x):\n    while parent[x] != x:\n        parent[x] = parent[parent[x]]\n        x = parent[x]\n    return x\n\n"
        "r, c = map(int, input().split())\ng = [input() for _ in range(r)]\nfor i in range(r):\n    for j in range(c):\n        if g[i][j] == '#':\n"
        "            parent[i, j] = (i, j)\n            for p in ((i - 1, j), (i, j - 1)):\n                if p in parent:\n"
        "                    parent[find(p)] = find((i, j))\nprint(sum(parent[x] == x for x in parent))\n",
        "count = 0\n\ndef sink(g, i, j):\n    if i < 0 or j < 0 or i >= len(g) or j >= len(g[0]) or g[i][j] != '#':\n        return 0\n    g[i][j] = 'o'\n"
        "    for a, b in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):\n        sink(g, a, b)\n    return 1\n\n"
        "def main():\n    global count\n    r, c = map(int, input().split())\n    g = [list(input()) for _ in range(r)]\n    for i in range(r):\n"
        "        for j in range(c):\n            count += sink(g, i, j)\n    print(count)\n\nmain()\n",
        "import sys\ninput = sys.stdin.buffer.readline\nr, c = map(int, input().split())\ng = [bytearray(input().strip()) for _ in range(r)]\nn = 0\nfor i in range(r):\n"
        "    for j in range(c):\n        if g[i][j] != 35:\n            continue\n        n += 1\n        todo = [(i, j)]\n        g[i][j] = 46\n        while todo:\n"
        "            x, y = todo.pop()\n            for a, b in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):\n"
        "                if 0 <= a < r and 0 <= b < c and g[a][b] == 35:\n                    g[a][b] = 46\n                    todo.append((a, b))\nprint(n)\n",
        "with open(0) as f:\n    r, c = map(int, f.readline().split())\n    land = {complex(i, j) for i in range(r) for j, ch in enumerate(f.readline()) if ch == '#'}\n"
        "n = 0\nwhile land:\n    n += 1\n    edge = {land.pop()}\n    while edge:\n        edge = {p + 1j ** k for p in edge for k in range(4)} & land\n        land -= edge\nprint(n)\n",
        "class Grid:\n    def __init__(self, rows):\n        self.rows = [list(r) for r in rows]\n\n    def clear(self, i, j):\n        todo = [(i, j)]\n        while todo:\n"
        "            a, b = todo.pop()\n            if 0 <= a < len(self.rows) and 0 <= b < len(self.rows[a]) and self.rows[a][b] == '#':\n"
        "                self.rows[a][b] = '.'\n                todo += [(a + 1, b), (a - 1, b), (a, b + 1), (a, b - 1)]\n\n    def count(self):\n        n = 0\n"
        "        for i, row in enumerate(self.rows):\n            while '#' in row:\n                n += 1\n                self.clear(i, row.index('#'))\n        return n\n\n"
        "h, w = map(int, input().split())\nprint(Grid(input() for _ in range(h)).count())\n",
    ],
}

WRONG: dict[str, list[str]] = {
    "sum_max": [
        "n = int(input())\na = list(map(int, input().split()))\nprint(sum(a))\n",
        "n = int(input())\na = list(map(int, input().split()))\nprint(max(a), sum(a))\n",
        "n = int(input())\na = list(map(int, input().split()))\nbest = 0\nfor x in a:\n    best = max(best, x)\nprint(sum(a), best)\n",
        "a = list(map(int, input().split()))\nprint(sum(a), max(a))\n",
        "n = int(input())\nprint(6, 3)\n",
        "n = int(input())\na = input().split()\nprint(sum(map(int, a)), max(a))\n",
        "n = int(input())\na = list(map(int, input().split()))\nprint(sum(a), max(a)\n",
    ],
    "common_word": [
        "w = input().split()\nprint(max(w, key=w.count))\n",
        "import sys\nw = sys.stdin.read().split()\nprint(max(w, key=w.count))\n",
        "import sys\nw = sys.stdin.read().lower().split()\nprint(min(w, key=lambda x: (-w.count(x), x)))\n",
        "import sys\nw = sys.stdin.read().split()\nprint(max(w, key=lambda x: (w.count(x), x)))\n",
        "import sys\nprint(max(sys.stdin.read().split(), key=len))\n",
        "import sys\nfrom itertools import groupby\nw = sys.stdin.read().split()\nprint(max(((len(list(g)), k) for k, g in groupby(w)))[1])\n",
        "c = Counter(open(0).read().split())\nprint(c.most_common(1)[0][0])\n",
    ],
    "gcds": [
        "from math import gcd\na, b = map(int, input().split())\nprint(gcd(a, b))\n",
        "import sys\nfor line in sys.stdin:\n    a, b = map(int, line.split())\n    print(min(a, b))\n",
        "import sys\nfor line in sys.stdin:\n    a, b = map(int, line.split())\n    print(abs(a - b) or a)\n",
        "import sys\nfrom math import lcm\nfor line in sys.stdin:\n    a, b = map(int, line.split())\n    print(lcm(a, b))\n",
        "import sys\nfrom math import gcd\nfor line in sys.stdin:\n    a, b = map(int, line.split())\n    print(gcd(a, b), end=' ')\nsys.exit(1)\n",
        "import sys\nfor line in sys.stdin:\n    a, b = map(int, line.split())\n    while a != b:\n        a, b = max(a, b) - min(a, b), min(a, b)\n        if a == 1:\n"
        "            b = 1\n    print(a + 1)\n",
        "from math import gcd\nwhile True:\n    a, b = map(int, input().split())\n    print(gcd(a, a + b + 1))\n",
    ],
    "islands": [
        "r, c = map(int, input().split())\nprint(sum(input().count('#') for _ in range(r)))\n",
        "r, c = map(int, input().split())\nrows = [input() for _ in range(r)]\nprint(sum(len([p for p in row.split('.') if p]) for row in rows))\n",
        "r, c = map(int, input().split())\ng = [list(input()) for _ in range(r)]\nn = 0\nfor i in range(r):\n    for j in range(c):\n        if g[i][j] == '#':\n"
        "            up = i and g[i - 1][j] == '#'\n            left = j and g[i][j - 1] == '#'\n            n += not up and not left\nprint(n)\n",
        "r, c = map(int, input().split())\nland = {(i, j) for i in range(r) for j, x in enumerate(input()) if x == '#'}\nn = 0\nwhile land:\n    n += 1\n"
        "    todo = [land.pop()]\n    while todo:\n        i, j = todo.pop()\n        for a in (-1, 0, 1):\n            for b in (-1, 0, 1):\n"
        "                if (i + a, j + b) in land:\n                    land.remove((i + a, j + b))\n                    todo.append((i + a, j + b))\nprint(n)\n",
        "print(0)\n",
        "r, c = input().split()\ng = [input() for _ in range(r)]\nprint(len(g))\n",
        "r, c = map(int, input().split())\ng = [input() for _ in range(r)]\nprint(1 if any('#' in row for row in g) else 0)\n",
    ],
}

LOOPING: dict[str, str] = {
    "sum_max": "while True:\n    pass\n",
    "common_word": "i = 0\nwhile i >= 0:\n    i += 1\nprint(i)\n",
    "gcds": "x = 1\nwhile x:\n    x = x * 3 % 7\nprint(x)\n",
    "islands": "n = 0\nwhile True:\n    n += 1\n    if n < 0:\n        print(n)\n        break\n",
}
