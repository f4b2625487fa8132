"""The one place that turns names, weights and options of terms into rewards."""

from collections import Counter
from collections.abc import Sequence

from pydantic import ValidationError

from coderm.client.contract import RewardTerm
from coderm.config.mistakes import mistakes_of, place_of
from coderm.errors import InputError
from coderm.rewards.base import PlainTerm, Term
from coderm.rewards.reward import Reward
from coderm.rewards.terms.all_passed import AllPassed
from coderm.rewards.terms.consensus import Consensus
from coderm.rewards.terms.examples import Examples
from coderm.rewards.terms.format import Format
from coderm.rewards.terms.fraction import Fraction
from coderm.rewards.terms.group_normalised import GroupNormalised, Normalised
from coderm.rewards.terms.length import Length
from coderm.rewards.terms.time import Time
from coderm.rewards.terms.weighted import Weighted

LARGEST_WEIGHT = 1e6
"""Of a term; far beyond any use, and no sum of such terms leaves the floats."""

_KINDS: tuple[type[PlainTerm | GroupNormalised], ...] = (
    Fraction,
    AllPassed,
    Weighted,
    Consensus,
    Examples,
    Format,
    Length,
    Time,
    GroupNormalised,
)
_TERMS: dict[str, type[PlainTerm | GroupNormalised]] = {kind.name: kind for kind in _KINDS}
TERMS: tuple[str, ...] = tuple(_TERMS)
"""Names of all terms, in the order of docs/rewards.md."""


def make_reward(reward: str | Sequence[RewardTerm]) -> Reward:
    """Build the named reward, or a weighted sum of terms.

    Raises InputError that names the choices for an unknown term or option, no term, a term given twice or too large a weight.
    """
    terms = (RewardTerm(name=reward),) if isinstance(reward, str) else tuple(reward)
    if not terms:
        raise InputError(f"reward: no term is given; choose among {', '.join(TERMS)}")
    if twice := [name for name, count in Counter(term.name for term in terms).items() if count > 1]:
        raise InputError(f"reward: {twice[0]!r} is given twice; add its weights")
    return Reward(tuple((make_term(term), term.weight) for term in terms))


def make_term(term: RewardTerm) -> Term:
    """Build one term with its options; raises InputError as `make_reward` does."""
    if term.name not in _TERMS:
        raise InputError(f"reward: unknown term {term.name!r}; choose one of {', '.join(TERMS)}")
    if abs(term.weight) > LARGEST_WEIGHT:
        raise InputError(f"reward: weight {term.weight:g} of {term.name!r} is too large; stay within {LARGEST_WEIGHT:g}")
    options = _options(_TERMS[term.name], term)
    return _normalised(options) if isinstance(options, GroupNormalised) else options


def _options(kind: type[PlainTerm | GroupNormalised], term: RewardTerm) -> PlainTerm | GroupNormalised:
    if unknown := sorted(set(term.options) - set(kind.model_fields)):
        choices = ", ".join(kind.model_fields) or "none at all"
        raise InputError(f"reward: {term.name!r} has no option {unknown[0]!r}; its options are {choices}")
    try:
        return kind(**term.options)
    except ValidationError as error:
        first = mistakes_of(error)[0]
        where = f"option {place_of(first['loc'], '')!r}" if first["loc"] else "the options"
        raise InputError(f"reward: {where} of {term.name!r}: {first['msg']}; see docs/rewards.md") from None


def _normalised(options: GroupNormalised) -> Term:
    """Build the reward within; one that is normalised already is refused, so that options are never nested deeper."""
    names = (options.of,) if isinstance(options.of, str) else tuple(term.name for term in options.of)
    if options.name in names:
        raise InputError(f"reward: {options.name!r} of itself; name the reward that it normalises")
    return Normalised(make_reward(options.of), options.eps)


def check_stop(reward: Reward, stop: str) -> None:
    """Refuse a reward that compares what was not run; raises InputError that names the terms."""
    wanting = [term.name for term, _ in reward.terms if term.needs_all_tests]
    if stop == "first_failure" and wanting:
        raise InputError(f"reward: {', '.join(wanting)} needs every test run; set stop = never, or choose all_passed")
