"""Adapters of the reward client to trainers, one file each."""
