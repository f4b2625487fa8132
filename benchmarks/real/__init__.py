"""Real programs for the sandbox: sets of them, builds of this project to run them on, and what each phase of a pair costs."""
