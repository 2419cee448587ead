"""Why somebody wants limits, kept while they try them on the past: for them alone, in their session."""

from pilots.models import Backtest
from pilots.web.http import UserRequest

KEY = "why_limits"
MOST = 10  # backtests of one session; the oldest is forgotten


def keep_reason(request: UserRequest, row: Backtest, reason: str) -> None:
    """Keep what was typed under “Why” until the limits that were tried are set."""
    kept = {key: said for key, said in request.session.get(KEY, {}).items() if key != str(row.pk)}
    if reason:
        kept[str(row.pk)] = reason
    request.session[KEY] = dict(list(kept.items())[-MOST:])


def reason_kept(request: UserRequest, row: Backtest) -> str:
    return str(request.session.get(KEY, {}).get(str(row.pk), ""))
