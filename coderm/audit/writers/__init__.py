"""Writers of tests, side by side: what each wrote, judged on the same programs, and the figures of test quality with intervals.

Everything is pooled over problems, and compared on the same problems and programs. Who is right is said by the problems' own
checks.
"""
