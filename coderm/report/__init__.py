"""Report: a finished run as files, summary, tables and answers to "why".

Everything is read from the journal, each result once.
Never changes a run and never chooses.
"""
