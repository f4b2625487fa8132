"""Comparers: whether what a program wrote is the expected output; one file per rule, `factory` picks one by name.

A comparer is a function (expected text, bytes got) -> bool. It never raises, whatever the bytes are; it takes linear time, and
beyond the two texts it holds at most what the expected one needs. White space is what C calls so: space, \\t, \\n, \\v, \\f, \\r.
Bytes that are no UTF-8 are compared as bytes. A checker program is no comparer: it is code and runs in a box.
"""
