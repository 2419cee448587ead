"""Which requirements ask what a row of the requirements asks, where no rule of its own does. A plain module.

The rule family R-due (`pilots.rules.asked`) speaks of them once they are overdue in a plan.
"""

ROWS: dict[str, tuple[str, ...]] = {
    "R-19": ("team-skills",),
    "R-27": ("metric-chosen", "use-case"),
    "R-31": ("test-edge-cases", "fallback-miss", "fallback-timeout", "fallback-nonsense"),
    "R-33": ("protections-off",),
    "R-37": ("pipeline-estimated",),
    "R-41": (
        "access-reviewed",
        "ingestion",
        "serving",
        "error-handling",
        "monitoring",
        "rollout-planned",
    ),
    "R-42": ("team-skills",),
    "R-43": ("infrastructure-justified",),
    "R-47": ("evaluation", "real-readings"),
    "R-50": (
        "mlops-versions",
        "mlops-training",
        "mlops-deployment",
        "mlops-rollback",
        "mlops-monitoring",
        "mlops-logging",
        "mlops-outcome",
    ),
    "R-51": ("mlops-deployment", "mlops-rollback"),
    "R-52": ("monitoring", "mlops-monitoring"),
    "R-53": ("fallback-miss", "fallback-timeout", "fallback-nonsense"),
    "R-55": ("support-plan", "onboarding", "test-support"),
    "R-56": ("alert-acknowledged", "on-call"),
    "R-57": ("service-levels",),
    "R-76": ("run-budget",),
    "R-80": ("lineage", "access-reviewed", "privacy-regime", "mlops-logging"),
    "R-91": ("error-handling", "test-support", "handover"),
}
