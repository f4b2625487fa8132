"""The program inside the box: a small server that runs (program, test) pairs in forks and answers with typed outcomes.

Standard library only and never an import of coderm: these files are copied into the image as the package `runner`. One process
serves (`server`), one fork of it owns a block (`block`), and one fork of that is a pair (`child`). No process but the pair's own
ever executes candidate code; a pass needs proof (`child` sends, `pair` checks).
"""
