"""Right programs of stdin/stdout problems, one for each idiom, each by its name; all add the numbers of a line of many."""

import textwrap

INPUT = "3\n1 2 3\n10 20 30\n-5 5 7\n"
EXPECTED = "6\n60\n7\n"
"""The first line counts the lines that follow; a right program prints the sum of each."""


def _program(text: str) -> str:
    return textwrap.dedent(text).lstrip()


IDIOMS = {
    name: _program(text)
    for name, text in {
        "input": """
            for _ in range(int(input())):
                print(sum(map(int, input().split())))
        """,
        "sys.stdin lines": """
            import sys
            next(sys.stdin)
            for line in sys.stdin:
                print(sum(map(int, line.split())))
        """,
        "sys.stdin.read": """
            import sys
            _, *lines = sys.stdin.read().splitlines()
            print("\\n".join(str(sum(map(int, line.split()))) for line in lines))
        """,
        "sys.stdin.readline": """
            import sys
            input = sys.stdin.readline
            for _ in range(int(input())):
                print(sum(map(int, input().split())))
        """,
        "readline, then input": """
            import sys
            n = int(sys.stdin.readline())
            for _ in range(n):
                print(sum(map(int, input().split())))
        """,
        "input, then sys.stdin.read": """
            import sys
            n = int(input())
            for line in sys.stdin.read().split("\\n")[:n]:
                print(sum(map(int, line.split())))
        """,
        "sys.stdin.buffer.readline": """
            import sys
            read = sys.stdin.buffer.readline
            for _ in range(int(read())):
                print(sum(map(int, read().split())))
        """,
        "sys.stdin.buffer.read": """
            import sys
            lines = sys.stdin.buffer.read().split(b"\\n")
            for line in lines[1:1 + int(lines[0])]:
                print(sum(map(int, line.split())))
        """,
        "open(0)": """
            lines = open(0).read().splitlines()
            for line in lines[1:]:
                print(sum(map(int, line.split())))
        """,
        "open(0) by lines": """
            n, *rows = open(0)
            for row in rows:
                print(sum(map(int, row.split())))
        """,
        "open /dev/stdin": """
            with open("/dev/stdin") as file:
                n = int(next(file))
                for line in file:
                    print(sum(map(int, line.split())))
        """,
        "fileinput": """
            import fileinput
            lines = list(fileinput.input())
            for line in lines[1:]:
                print(sum(map(int, line.split())))
        """,
        "os.read": """
            import os
            data = b""
            while chunk := os.read(0, 7):
                data += chunk
            for line in data.splitlines()[1:]:
                os.write(1, b"%d\\n" % sum(map(int, line.split())))
        """,
        "os.fstat and os.read": """
            import io, os
            stream = io.BytesIO(os.read(0, os.fstat(0).st_size))
            n = int(stream.readline())
            for _ in range(n):
                print(sum(map(int, stream.readline().split())))
        """,
        "mmap": """
            import mmap
            data = mmap.mmap(0, 0, prot=mmap.PROT_READ)
            data.readline()
            while line := data.readline():
                print(sum(map(int, line.split())))
        """,
        "sys.stdin.readlines": """
            import sys
            for line in sys.stdin.readlines()[1:]:
                print(sum(map(int, line.split())))
        """,
        "iter(input, sentinel) and EOFError": """
            input()
            while True:
                try:
                    line = input()
                except EOFError:
                    break
                print(sum(map(int, line.split())))
        """,
        "seek": """
            import sys
            count = len(sys.stdin.readlines()) - 1
            sys.stdin.seek(0)
            assert int(sys.stdin.readline()) == count
            for line in sys.stdin:
                print(sum(map(int, line.split())))
        """,
        "global": """
            total = 0

            def add(line):
                global total
                total = 0
                for part in line.split():
                    total += int(part)

            def main():
                for _ in range(int(input())):
                    add(input())
                    print(total)

            main()
        """,
        "__main__": """
            import sys

            def main(argv):
                for _ in range(int(input())):
                    print(sum(map(int, input().split())))
                return 0

            if __name__ == "__main__":
                sys.exit(main(sys.argv))
        """,
        "import __main__": """
            import __main__
            answer = lambda line: sum(map(int, line.split()))
            for _ in range(int(input())):
                print(__main__.answer(input()))
        """,
        "exit()": """
            n = int(input())
            for i in range(10 ** 9):
                if i == n:
                    exit()
                print(sum(map(int, input().split())))
        """,
        "a thread of deep recursion": """
            import sys, threading
            sys.setrecursionlimit(10 ** 6)
            threading.stack_size(1 << 27)

            def depth(n):
                return 0 if n == 0 else 1 + depth(n - 1)

            def main():
                assert depth(50_000) == 50_000
                for _ in range(int(input())):
                    print(sum(map(int, input().split())))

            thread = threading.Thread(target=main)
            thread.start()
            thread.join()
        """,
        "recursion up to the limit": """
            def depth(n):
                return 0 if n == 0 else 1 + depth(n - 1)

            assert depth(990) == 990
            for _ in range(int(input())):
                print(sum(map(int, input().split())))
        """,
        "a raised recursion limit": """
            import sys
            sys.setrecursionlimit(200_000)

            def depth(n):
                return 0 if n == 0 else 1 + depth(n - 1)

            assert depth(60_000) == 60_000
            for _ in range(int(input())):
                print(sum(map(int, input().split())))
        """,
        "a thread that is not joined": """
            import threading, time

            def main():
                time.sleep(0.05)
                for _ in range(int(input())):
                    print(sum(map(int, input().split())))

            threading.Thread(target=main).start()
        """,
        "atexit": """
            import atexit, sys
            out = []
            atexit.register(lambda: sys.stdout.write("".join(out)))
            for _ in range(int(input())):
                out.append(f"{sum(map(int, input().split()))}\\n")
        """,
        "sys.stdout replaced": """
            import io, os, sys

            class Fast(io.IOBase):
                def __init__(self):
                    self.buffer, self.write = io.BytesIO(), lambda text: self.buffer.write(text.encode())

                def flush(self):
                    os.write(1, self.buffer.getvalue())
                    self.buffer.seek(0), self.buffer.truncate(0)

            sys.stdout = Fast()
            for _ in range(int(input())):
                print(sum(map(int, input().split())))
        """,
        "open(1) left open": """
            out = open(1, "w")
            for _ in range(int(input())):
                out.write(f"{sum(map(int, input().split()))}\\n")
        """,
        "sys.stdout.buffer": """
            import sys
            for _ in range(int(input())):
                sys.stdout.buffer.write(b"%d\\n" % sum(map(int, input().split())))
        """,
        "print to a flushed stream, out of a class": """
            import sys

            class Solution:
                def solve(self):
                    for _ in range(int(input())):
                        print(sum(map(int, input().split())), flush=True)

            Solution().solve()
        """,
        "numpy": """
            import numpy as np
            data = np.loadtxt(open(0), skiprows=1, dtype=np.int64)
            print(*data.sum(axis=1), sep="\\n")
        """,
        "a child process": """
            import subprocess, sys
            code = "for line in list(open(0))[1:]: print(sum(map(int, line.split())))"
            subprocess.run([sys.executable, "-c", code], check=True)
        """,
        "multiprocessing": """
            from multiprocessing import Pool

            def add(line):
                return sum(map(int, line.split()))

            if __name__ == "__main__":
                lines = [input() for _ in range(int(input()))]
                with Pool(2) as pool:
                    print(*pool.map(add, lines), sep="\\n")
        """,
        "asyncio": """
            import asyncio

            async def main():
                for _ in range(int(input())):
                    await asyncio.sleep(0)
                    print(sum(map(int, input().split())))

            asyncio.run(main())
        """,
        "a destructor that prints": """
            class Answers(list):
                def __del__(self):
                    print(*self, sep="\\n")

            answers = Answers(sum(map(int, input().split())) for _ in range(int(input())))
        """,
        "a dataclass and a pickle": """
            import pickle
            from dataclasses import dataclass

            @dataclass
            class Row:
                numbers: list

            rows = [Row([*map(int, input().split())]) for _ in range(int(input()))]
            for row in pickle.loads(pickle.dumps(rows)):
                print(sum(row.numbers))
        """,
        "sys.exit of nothing, text to stderr": """
            import sys
            for _ in range(int(input())):
                print(sum(map(int, input().split())))
            print("done", file=sys.stderr)
            sys.exit()
        """,
    }.items()
}
