"""Quality of unit tests: figures of a pass matrix that say how far its tests can be trusted.

Pure functions of typed outcomes. A cell without verdict is evidence neither for a test nor against it. Rates without a denominator
are NaN. Error rates against labels are in `coderm.evaluation.confusion`. What is killed anew and what is useless is decided in
`coderm.rewards.writers`. Both are used here and not repeated.
"""
