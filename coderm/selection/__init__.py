"""Selection: pure rules from a pass matrix to the candidates to keep; one rule per file, one factory."""
