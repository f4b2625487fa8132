"""Adapters of the reward client to trainers, one file each, a few lines over the client.

Owns what each trainer does with a lost reward: `None` where it has such a word, else a typed error or a set constant that is
counted. No adapter hands out NaN, an infinity or a bool. Importing one loads no trainer; it is imported when it is used.
"""

from coderm.integrations.verifying import Verified, verify

__all__ = ["Verified", "verify"]
