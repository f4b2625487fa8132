"""The test bank: tests of problems, kept by content, with provenance and statistics."""
