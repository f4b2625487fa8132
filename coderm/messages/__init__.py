"""Messages: frozen data that crosses actors or is journaled, one file per subject; events in, commands out.

Texts are Python source; ids are content hashes or paths such as `HumanEval/0|policy|0`, stable across runs.
Never holds behaviour beyond trivial views, and knows no other room.
"""
