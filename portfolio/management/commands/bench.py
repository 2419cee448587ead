import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pilots.management.saying import refuse
from portfolio.bench.rows import ROWS, Ground
from portfolio.bench.scratch import run, scratch


class Command(BaseCommand):
    """Fills a database of its own and measures rows of docs/performance.md; the product's is never opened."""

    help = "Measures how long Headway takes beside the least a database must do, on made-up pilots."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--pilots", type=int, default=10_000)
        parser.add_argument("--rows", default=",".join(map(str, ROWS)), help="numbers, with commas")
        parser.add_argument("--rounds", type=int, default=5)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--out", type=Path, default=Path("var/bench.json"), help="where the JSON goes")

    def handle(self, *args: Any, **options: Any) -> None:
        numbers = _numbers(options["rows"])
        if options["pilots"] < 1 or options["rounds"] < 1:
            refuse("Write at least 1 for --pilots and --rounds.")
        ground = Ground(options["pilots"], options["rounds"], options["seed"])
        given = json.dumps(asdict(ground))
        with scratch() as environment:
            run(environment, "manage.py", "migrate", "-v0", "--skip-checks")
            self.stderr.write(f"Making up {ground.pilots:,} pilots …")
            run(environment, "-m", "portfolio.bench.step", "fill", given)
            found = []
            for number in numbers:
                self.stderr.write(f"Measuring row {number}: {ROWS[number].title} …")
                found.append(json.loads(run(environment, "-m", "portfolio.bench.step", str(number), given)))
                self.stdout.write(_in_words(found[-1]))
        report = {**asdict(ground), "cores": os.cpu_count(), "rows": found}
        options["out"].parent.mkdir(parents=True, exist_ok=True)
        options["out"].write_text(json.dumps(report, indent=2) + "\n")
        self.stdout.write(f"Written to {options['out']}.")


def _numbers(text: str) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() and int(part) in ROWS for part in parts):
        refuse(f"There is no such row in “{text}”. There are: {', '.join(map(str, ROWS))}.")
    return [int(part) for part in parts]


def _in_words(found: dict[str, Any]) -> str:
    lines = [f"Row {found['row']}, {found['engine']}, load {found['load_average']:.1f}: {found['title']}"]
    for what, took in found["seconds"].items():
        cpu = found["cpu_seconds"][what]["median"]
        lines.append(f"  {what}: median {took['median']:.3f} s, p95 {took['p95']:.3f} s, CPU {cpu:.3f} s")
    lines.append(f"  ratio {found['ratio']} (goal: {found['goal']})")
    plain = {"row", "engine", "load_average", "title", "goal", "seconds", "cpu_seconds", "ratio"}
    lines += [f"  {name.replace('_', ' ')}: {value}" for name, value in found.items() if name not in plain]
    return "\n".join(lines)
