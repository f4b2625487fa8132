"""Answers: code regions in a model's answer: fences, loose snippets, what can be saved of a cut text.

Time is linear in the length of the answer.
Never decides whether the code is a program or a test.
"""
