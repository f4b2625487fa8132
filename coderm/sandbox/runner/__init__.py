"""The program inside the box: a small server that runs (program, test) pairs in forks and answers with typed outcomes.

Standard library only and never an import of coderm: these files are copied into the image as the package `runner`, so imports
are relative. One process serves (`serving`), one fork of it owns a block, and its forks are pairs (`grading`). No process but a
pair's own ever executes candidate code, and a pass needs proof.
"""
