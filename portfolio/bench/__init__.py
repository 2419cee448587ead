"""The benchmark: how long Headway takes, beside the least that a database must do, in one run.

Each row of docs/performance.md is one module that registers itself in `portfolio.bench.rows`.
"""
