"""A published figure as plain values, for the API and for what is kept."""

from typing import Any

from portfolio.benchmarks.catalogue import Benchmark


def shape_benchmark(benchmark: Benchmark) -> dict[str, Any]:
    return {
        "code": benchmark.code,
        "name": benchmark.name,
        "value": float(benchmark.value),
        "high": None if benchmark.high is None else float(benchmark.high),
        "is_under": benchmark.is_under,
        "metric": benchmark.metric,
        "unit": benchmark.unit,
        "population": benchmark.population,
        "year": benchmark.year,
        "stated_by": list(benchmark.stated_by),
        "caveat": benchmark.caveat,
        "verified": benchmark.verified,
    }
