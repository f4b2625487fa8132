"""Terms of rewards for programs, one file each: formula, range, source."""
