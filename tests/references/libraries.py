"""What the libraries say about lives, in the shape our functions say it."""

import numpy as np
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from scipy import stats

from portfolio.flow.lives import End
from tests.portfolio.flow.invented import one_by_one

Z = float(stats.norm.ppf(0.975))


def in_a_row(lives):
    """Return times and ends with no two ends at one time, as lifelines needs them for Aalen–Johansen.

    The ends of day n lie, in any order, after n + ½ and before n + 1, where those watched until then leave:
    so they come before censorings and neither share nor variance at the end of the day depends on the order.
    """
    times, kinds = [], []
    left = {}
    for day, end in one_by_one(lives):
        if end is End.OPEN:
            times.append(day + 1.0)
        else:
            left[day] = left.get(day, 0) + 1
            ended = lives[day, End.ARRIVED] + lives[day, End.STOPPED]
            times.append(day + 0.5 + 0.4 * left[day] / ended)
        kinds.append({End.OPEN: 0, End.ARRIVED: 1, End.STOPPED: 2}[end])
    return np.array(times), np.array(kinds)


def band(share, variance):
    """Return the 95 % band on the complementary log-log scale; None where there is none."""
    if not (0 < share < 1 and np.isfinite(variance)):
        return None
    reach = np.exp(Z * np.sqrt(variance) / ((1 - share) * -np.log1p(-share)))
    rate = -np.log1p(-share)
    return [float(-np.expm1(-rate / reach)), float(-np.expm1(-rate * reach))]


def incidence(lives, end, days):
    """Return the Aalen–Johansen share at the end of these days and its band, by lifelines."""
    times, kinds = in_a_row(lives)
    fitter = AalenJohansenFitter().fit(times, kinds, event_of_interest=1 if end is End.ARRIVED else 2)
    found = []
    for day in days:
        place = fitter.cumulative_density_.index.searchsorted(day + 0.95, side="right") - 1
        share = float(fitter.cumulative_density_.iloc[place, 0])
        # Counted after the last at risk ended, lifelines' variance would divide by nobody.
        found.append([share, band(share, float(fitter.variance_.iloc[place]))])
    return found


def kaplan_meier(lives, end, days):
    """Return the Kaplan–Meier share at the end of these days and its band, by lifelines."""
    row = one_by_one(lives)
    fitter = KaplanMeierFitter().fit([day for day, _ in row], [how is end for _, how in row])
    low, high = (fitter.confidence_interval_cumulative_density_.iloc[:, column] for column in (0, 1))
    found = []
    for day in days:
        share = float(fitter.cumulative_density_.loc[day].iloc[0])
        ends = sorted([float(low.loc[day]), float(high.loc[day])])
        found.append([share, ends if 0 < share < 1 else None])
    return found


def empirical(lives, end):
    """Return days, shares and bands of the Kaplan–Meier estimate, by scipy, whose band is log(−log) too."""
    row = one_by_one(lives)
    data = stats.CensoredData.right_censored([day for day, _ in row], [how is not end for _, how in row])
    left = stats.ecdf(data).sf
    interval = left.confidence_interval(method="log-log")
    return (
        left.quantiles.tolist(),
        (1 - left.probabilities).tolist(),
        [
            sorted(pair)
            for pair in zip(1 - interval.low.probabilities, 1 - interval.high.probabilities, strict=True)
        ],
    )
