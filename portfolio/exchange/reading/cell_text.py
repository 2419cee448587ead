"""Writes the values of cells as text: dates as 2025-03-04, numbers without exponent, yes and no."""

from datetime import date, datetime, time, timedelta

from portfolio.exchange.reading.numerals import number_text

Value = int | float | str | bool | time | date | datetime | timedelta
HALF_A_SECOND = timedelta(milliseconds=500)


def text_of(value: Value) -> str:
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case float():
            return number_text(value)
        case datetime():
            return _moment(value)
        case date():
            return value.isoformat()
        case time():
            return _clock(value)
    return _duration(value)


def is_day(value: Value) -> bool:
    return isinstance(value, date | time)


def _moment(value: datetime) -> str:
    """Return a day, and the time if there is one; cells keep a time as a fraction, so it is rounded."""
    value = (value + HALF_A_SECOND).replace(microsecond=0)
    return value.date().isoformat() if value.time() == time.min else f"{value.date()} {_clock(value.time())}"


def _clock(value: time) -> str:
    return value.isoformat("seconds" if value.second else "minutes")


def _duration(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    minutes, second = divmod(abs(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{'-' if seconds < 0 else ''}{hour}:{minute:02}:{second:02}"
