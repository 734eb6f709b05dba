"""The one place where a published effect becomes a reduction (section 2.1). No other place flips the sign."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", float, NDArray[np.float64])


def reduction_of_change(relative_change: Number) -> Number:
    """The reduction that is a signed relative change: -0.2 (20% fewer) is a reduction of 0.2."""
    return -relative_change


def reduction_of_ratio(rate_ratio: Number) -> Number:
    """The reduction that is a rate ratio: 0.85 is a reduction of 0.15."""
    return 1 - rate_ratio


def ratio_of_reduction(reduction: Number) -> Number:
    """The rate ratio that is a reduction: 0.15 is 0.85."""
    return 1 - reduction
