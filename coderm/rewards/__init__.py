"""Rewards from verdicts, one file each, and the table of what every outcome is worth."""
