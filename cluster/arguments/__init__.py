"""The command line's arguments, a group of commands a file; each says what may be typed, and starts nothing."""
