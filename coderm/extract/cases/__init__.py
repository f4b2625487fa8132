"""Input and output cases out of a test writer's answer, for programs that read stdin; each one that is not taken has a reason.

Pure, total over all texts, and linear in their length. Nothing that a case says is executed or completed.
"""
