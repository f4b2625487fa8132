"""The client of the reward service: its JSON, and what sends it."""
