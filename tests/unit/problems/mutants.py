"""One wrong but plausible program per starter problem, each with a mistake that the checks must find."""

MUTANTS: dict[str, str] = {
    "even-total": """
def even_total(numbers):
    return sum(number for number in numbers if number % 2 == 0 and number > 0)
""",
    "word-count": """
def word_count(sentence):
    return sentence.count(" ") + 1
""",
    "flip-words": """
def flip_words(sentence):
    return sentence[::-1]
""",
    "count-passed": """
def count_passed(scores, pass_mark):
    return sum(score > pass_mark for score in scores)
""",
    "product-up-to": """
def product_up_to(number):
    product = 1
    for factor in range(1, number):
        product *= factor
    return product
""",
    "double-letters": """
def double_letters(text):
    return "".join(char * 2 if char.isalpha() else char for char in text)
""",
    "to-fahrenheit": """
def to_fahrenheit(celsius):
    return round(celsius * 9 / 5) + 32
""",
    "largest-step": """
def largest_step(numbers):
    return max((right - left for left, right in zip(numbers, numbers[1:])), default=0)
""",
    "without-digits": """
def without_digits(text):
    return "".join(char for char in text if char.isalpha() or char == " ")
""",
    "times-seen": """
def times_seen(text, letter):
    return text.lower().count(letter.lower())
""",
    "running-total": """
def running_total(numbers):
    return [sum(numbers[:index]) for index in range(len(numbers))]
""",
    "drum-beats": """
def drum_beats(count):
    return ["tick" if beat % 4 else "boom" for beat in range(count)]
""",
    "swap-keys": """
def swap_keys(table):
    return {value: key for key, value in table.items() if value}
""",
    "first-odds": """
def first_odds(count):
    return list(range(1, count + 1, 2))
""",
    "vowel-runs": """
def vowel_runs(text):
    return sum(char in "aeiouAEIOU" for char in text)
""",
    "clamp-all": """
def clamp_all(values, bound_a, bound_b):
    return [min(max(value, bound_a), bound_b) for value in values]
""",
    "second-largest": """
def second_largest(numbers):
    return sorted(numbers)[-2] if len(set(numbers)) > 1 else None
""",
    "initials": """
def initials(name):
    return "".join(word[0].upper() + "." for word in name.split(" ") if word)
""",
    "alternate-case": """
def alternate_case(text):
    return "".join(char.lower() if index % 2 else char.upper() for index, char in enumerate(text))
""",
    "digit-gap": """
def digit_gap(number):
    return int(max(str(number))) - int(min(str(abs(number)))) if number > 9 else 0
""",
    "rotate-left": """
def rotate_left(items, steps):
    return items[steps:] + items[:steps]
""",
    "merge-stock": """
def merge_stock(stock, changes):
    total = {name: stock.get(name, 0) + changes.get(name, 0) for name in {**stock, **changes}}
    return {name: count for name, count in total.items() if count > 0}
""",
    "middle-items": """
def middle_items(items):
    half = len(items) // 2
    return [items[half]] if len(items) % 2 else items[half - 1:half + 1] if len(items) > 2 else []
""",
    "fill-gaps": """
def fill_gaps(readings):
    last, result = None, []
    for reading in readings:
        last = reading or last
        result.append(last)
    return result
""",
    "longest-word": """
def longest_word(sentence):
    return max((word.strip(".,!?;:") for word in sentence.split()), key=len, default="")
""",
    "clock-text": """
def clock_text(seconds):
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
""",
    "pair-up": """
def pair_up(items):
    return list(zip(items[::2], items[1::2]))
""",
    "squeeze-runs": """
from itertools import groupby
def squeeze_runs(text):
    groups = ((char, len(list(run))) for char, run in groupby(text))
    return "".join(char + (str(length) if length > 1 else "") for char, length in groups)
""",
    "sort-versions": """
def sort_versions(versions):
    return sorted(versions, key=lambda version: [int(part) for part in version.split(".")])
""",
    "join-ranges": """
def join_ranges(ranges, gap):
    result = []
    for start, end in sorted(tuple(sorted(pair)) for pair in ranges):
        if result and start - result[-1][1] <= gap:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return result
""",
    "top-words": """
from collections import Counter
import re
def top_words(text, count):
    return [word for word, _ in Counter(re.findall("[a-z]+", text.lower())).most_common(count)]
""",
    "brackets-outside-quotes": """
def brackets_match(code):
    stack, quoted = [], False
    for char in code:
        if char == '"':
            quoted = not quoted
        elif not quoted and char in "([{":
            stack.append({"(": ")", "[": "]", "{": "}"}[char])
        elif not quoted and char in ")]}" and (not stack or stack.pop() != char):
            return False
    return not stack
""",
    "round-to-multiple": """
def round_to_multiple(number, step):
    return round(number / step) * step
""",
    "ordinal": """
def ordinal(number):
    suffix = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{suffix}"
""",
    "moving-median": """
def moving_median(values, width):
    windows = [sorted(values[i:i + width]) for i in range(len(values) - width + 1)]
    return [float(window[width // 2]) for window in windows]
""",
    "transpose-ragged": """
from itertools import zip_longest
def transpose_ragged(rows, filler):
    return [[cell or filler for cell in column] for column in zip_longest(*rows, fillvalue=filler)]
""",
    "same-pattern": """
def same_pattern(words):
    groups = {}
    for word in words:
        groups.setdefault(tuple(sorted(word.count(char) for char in word)), []).append(word)
    return list(groups.values())
""",
    "parse-duration": """
import re
def parse_duration(text):
    parts = re.findall(r"(\\d+)([dhms])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return -1
    return sum(int(number) * {"d": 86400, "h": 3600, "m": 60, "s": 1}[unit] for number, unit in parts)
""",
    "add-workdays": """
import datetime
def add_workdays(day, count):
    date = datetime.date.fromisoformat(day)
    while count:
        date += datetime.timedelta(days=1 if count > 0 else -1)
        if date.weekday() < 6:
            count -= 1 if count > 0 else -1
    return date.isoformat()
""",
    "mask-digits": """
def mask_digits(text):
    return "".join("*" if char.isdigit() and index < len(text) - 4 else char for index, char in enumerate(text))
""",
    "wrap-words": """
import textwrap
def wrap_words(text, width):
    return textwrap.wrap(text, width)
""",
    "changes-between": """
def changes_between(old, new):
    result = []
    for key in sorted(set(old) | set(new)):
        if not old.get(key):
            result.append("+" + key)
        elif not new.get(key):
            result.append("-" + key)
        elif old[key] != new[key]:
            result.append("~" + key)
    return result
""",
    "calculate": """
def calculate(expression):
    try:
        return int(eval(expression))
    except ZeroDivisionError:
        return None
""",
    "fewest-coins": """
def fewest_coins(coins, amount, limit):
    left, used = amount, 0
    for coin in sorted(set(coins), reverse=True):
        take = min(limit, left // coin)
        left, used = left - take * coin, used + take
    return -1 if left else used
""",
    "glob-match": """
import fnmatch
def glob_match(pattern, text):
    return fnmatch.fnmatchcase(text, pattern)
""",
    "split-record": """
import csv
def split_record(line):
    return next(csv.reader([line], skipinitialspace=True), [""])
""",
    "word-steps": """
from collections import deque
def word_steps(start, goal, words):
    queue, seen = deque([(start, 0)]), {start}
    while queue:
        word, steps = queue.popleft()
        if word == goal:
            return steps
        for other in words:
            if other not in seen and len(other) == len(word) and sum(a != b for a, b in zip(word, other)) == 1:
                seen.add(other)
                queue.append((other, steps + 1))
    return -1
""",
    "build-order": """
def build_order(needs):
    order, left = [], {part: set(parts) for part, parts in needs.items()}
    while left:
        ready = sorted(part for part, parts in left.items() if parts <= set(order))
        if not ready:
            return []
        order += ready
        for part in ready:
            del left[part]
    return order
""",
    "break-walls": """
from collections import deque
def break_walls(grid, breaks):
    height, width = len(grid), len(grid[0])
    queue, seen = deque([(0, 0, breaks, 0)]), {(0, 0)}
    while queue:
        row, column, left, steps = queue.popleft()
        if (row, column) == (height - 1, width - 1):
            return steps
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < height and 0 <= c < width and (r, c) not in seen and left >= (grid[r][c] == "#"):
                seen.add((r, c))
                queue.append((r, c, left - (grid[r][c] == "#"), steps + 1))
    return -1
""",
    "cache-hits": """
def cache_hits(capacity, requests):
    stored, hits = [], 0
    for key in requests:
        if key in stored:
            hits += 1
            stored.remove(key)
        stored = (stored + [key])[-capacity:] if capacity else []
    return hits
""",
    "format-polynomial": """
def format_polynomial(coefficients):
    terms = []
    for index, value in enumerate(coefficients):
        power = len(coefficients) - 1 - index
        if value:
            size = "" if abs(value) == 1 else str(abs(value))
            terms.append(("-" if value < 0 else "+", size + ("" if power == 0 else "x" if power == 1 else f"x^{power}")))
    text = " ".join(f"{sign} {body}" for sign, body in terms)
    return text.removeprefix("+ ").replace("- ", "-", text.startswith("-")) or "0"
""",
    "rise-with-skip": """
def rise_with_skip(numbers):
    best = run = 0
    skipped = False
    for index, number in enumerate(numbers):
        if index and number <= numbers[index - 1]:
            run, skipped = (run, True) if not skipped else (1, False)
        else:
            run += 1
        best = max(best, run)
    return best
""",
    "ring-islands": """
def ring_islands(grid):
    cells = {(r, c) for r, row in enumerate(grid) for c, cell in enumerate(row) if cell == "#"}
    count = 0
    while cells:
        count += 1
        todo = [cells.pop()]
        while todo:
            r, c = todo.pop()
            for near in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                if near in cells:
                    cells.discard(near)
                    todo.append(near)
    return count
""",
}
