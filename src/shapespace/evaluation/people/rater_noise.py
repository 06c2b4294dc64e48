"""Raters who answer as noisily as the observed ones: their noise, and studies made of them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import rankdata

from shapespace.arrays import Flat
from shapespace.errors import BadInput

Values = Float[ndarray, " pair"]

_GRID = 400
"""Points at which the mean answer is tabulated."""

_WIDEST = 50.0
"""Standard deviation of the noise, in widths of the scale, beyond which answers are all chance."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Whole answers from `low` to `high`, as dissimilarities: 0 to 4 for ratings from 1 to 5."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.high > self.low:
            raise BadInput(f"A scale runs from low to high, got {self.low:g} to {self.high:g}.")

    @property
    def answers(self) -> Float[ndarray, " answer"]:
        """All of them, rising."""
        return self.low + np.arange(round(self.high - self.low) + 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """What simulated studies share with the real one."""

    dissimilarities: Flat
    """Observed means; nan where a pair was not rated, which no simulated study rates either."""
    counts: Flat
    """Ratings behind each of them."""
    reliability: float
    """Of the observed means: the share of their variance that is true, above 0 and below 1."""
    noise: float
    """Standard deviation of what is added to a judgement before the answer is chosen."""
    scale: Scale | None = None
    """None where answers are any number."""


def make_design(
    dissimilarities: Flat,
    counts: Flat,
    *,
    reliability: float,
    scale: Scale | None = None,
    reference: Float[ndarray, " known"] | None = None,
    n_reference: float | None = None,
) -> Design:
    """Find the noise with which simulated ratings are as reliable as the observed ones.

    Args:
        dissimilarities: Observed means of all pairs; nan where a pair was not rated.
        counts: Ratings behind each.
        reliability: Of the means of `reference`, such as the r of split halves corrected to
            all ratings; above 0 and below 1.
        scale: The answers there were; None where they are any number.
        reference: Means whose reliability is known, where only those of a sample of pairs is;
            all if not given.
        n_reference: Ratings behind each of these.

    Raises:
        BadInput: If the reliability is no share, the means are all the same, or no noise can
            make answers of this scale so unreliable.
    """
    rated = ~np.isnan(dissimilarities)
    if not 0 < reliability < 1:
        raise BadInput(
            f"Ratings with a reliability of {reliability:.2f} cannot be simulated; it must lie "
            "between 0 and 1."
        )
    known = dissimilarities[rated] if reference is None else reference
    n = float(n_reference or (1 / np.mean(1 / counts[rated])))
    if len(known) < 3 or np.ptp(known) == 0:
        raise BadInput("Dissimilarities that are all the same cannot be simulated.")
    error = n * (1 - reliability) * float(known.var())
    if scale is None:
        noise, single = float(np.sqrt(error)), error
    else:
        noise = _noise_of(_shrunk(known, reliability), error, scale)
        single = _variance(_shrunk(dissimilarities[rated], reliability), noise, scale)
    observed = float(dissimilarities[rated].var())
    harmonic = float(1 / np.mean(1 / counts[rated]))
    # The same noise makes means of another number of ratings, or of another spread, reliable.
    share = reliability if reference is None else 1 - single / harmonic / observed
    return Design(
        dissimilarities=dissimilarities,
        counts=counts,
        reliability=min(max(share, 0.01), 0.99),
        noise=noise,
        scale=scale,
    )


def linked(distances: Flat, design: Design) -> Flat:
    """Return the mean answers that people would give who see these distances and nothing else.

    The pairs are put in the order of the distances and given the observed means in that order,
    drawn towards their mean by what is noise in them: a never-falling link, after which the
    simulated means are spread like the observed ones. nan where a pair was not rated.
    """
    rated = ~np.isnan(design.dissimilarities)
    true = np.sort(_shrunk(design.dissimilarities[rated], design.reliability))
    places = rankdata(distances[rated]) - 1
    result = np.full(len(distances), np.nan)
    result[rated] = np.interp(places, np.arange(len(true)), true)
    return result


def simulate_means(
    true: Flat, design: Design, n_studies: int, *, generator: np.random.Generator
) -> Float[ndarray, "study pair"]:
    """Return the mean ratings of simulated studies of the same size and sparsity.

    Each rating is the true value with normal noise, put on the scale; raters are independent and
    have no habits of their own.

    Args:
        true: Mean answer to each pair; nan where it is not rated.
        design: Of the study.
        n_studies: How many.
        generator: Source of the randomness.
    """
    rated = ~np.isnan(true)
    counts, wanted = design.counts[rated].astype(np.int64), true[rated]
    found = np.full((n_studies, len(true)), np.nan)
    if design.scale is None:
        errors = (
            generator.normal(size=(n_studies, len(wanted))) * design.noise / np.sqrt(counts)
        )
        found[:, rated] = wanted + errors
        return found
    chances = _chances(_latent(wanted, design.noise, design.scale), design.noise, design.scale)
    answers = generator.multinomial(counts, chances, size=(n_studies, len(wanted)))
    found[:, rated] = answers @ design.scale.answers / counts
    return found


def _shrunk(values: Values, reliability: float) -> Values:
    """Draw observed means towards their mean, so that they vary as the true ones."""
    middle = values.mean()
    return middle + np.sqrt(reliability) * (values - middle)


def _noise_of(true: Values, error: float, scale: Scale) -> float:
    """Return the noise with which single answers have this variance on average."""
    least, most = 1e-3, _WIDEST * (scale.high - scale.low)
    excess = [_variance(true, noise, scale) - error for noise in (least, most)]
    if excess[0] >= 0:
        return least
    if excess[1] <= 0:
        raise BadInput(
            "The ratings are less reliable than answers given at random on this scale. Check the "
            "scale, or that raters saw the same stimuli."
        )
    return float(brentq(lambda noise: _variance(true, noise, scale) - error, least, most))


def _variance(true: Values, noise: float, scale: Scale) -> float:
    """Return the mean variance of single answers to pairs with these mean answers."""
    chances = _chances(_latent(true, noise, scale), noise, scale)
    means = chances @ scale.answers
    return float((chances @ scale.answers**2 - means**2).mean())


def _chances(latent: Values, noise: float, scale: Scale) -> Float[ndarray, "pair answer"]:
    """Return the chance of each answer: the nearest to the latent value with its noise."""
    edges = scale.answers[:-1] + 0.5
    below = ndtr((edges - latent[:, None]) / noise)
    chances = np.diff(below, axis=1, prepend=0.0, append=1.0)
    return np.maximum(chances, 0.0)


def _latent(true: Values, noise: float, scale: Scale) -> Values:
    """Return the latent values whose mean answers these are: ends of the scale pull inwards."""
    reach = 1 + 4 * noise
    grid = np.linspace(scale.low - reach, scale.high + reach, _GRID)
    means = _chances(grid, noise, scale) @ scale.answers
    return np.interp(true, means, grid)
