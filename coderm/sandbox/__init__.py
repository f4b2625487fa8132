"""Sandboxes: one contract, two boxes (docker, local), one in-box program (runner/, stdlib only)."""
