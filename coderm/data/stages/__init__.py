"""The stages, one a file. A stage returns the record as it goes on, or why it ends; it neither waits nor reads a clock."""
