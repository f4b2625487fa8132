"""Distinct texts with their places and counts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from coderm.messages.hashing import content_hash
from coderm.messages.samples import Sample


@dataclass(slots=True)
class Distinct:
    """Texts by normalised key: unique texts in order of arrival, and for every sample the place of its unique text or -1."""

    texts: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def add(self, sample: Sample) -> bool:
        """Take one sample in; return whether its text is new."""
        if sample.rejected:
            self.places.append(-1)
            return False
        new = sample.key not in self.seen
        if new:
            self.seen[sample.key] = len(self.texts)
            self.texts.append(sample.code)
        self.places.append(self.seen[sample.key])
        return new

    def extend(self, samples: Sequence[Sample]) -> None:
        """Take usable samples in; the new texts among them are put in the order of their hashes, whatever the order of samples."""
        for sample in sorted(samples, key=lambda sample: (content_hash(sample.key), sample.code)):
            if sample.key not in self.seen:
                self.seen[sample.key] = len(self.texts)
                self.texts.append(sample.code)
        self.places += [self.seen[sample.key] for sample in samples]

    def counts(self) -> list[int]:
        """Return how many samples share each unique text."""
        tally = Counter(place for place in self.places if place >= 0)
        return [tally[place] for place in range(len(self.texts))]
