from typing import Any

from pilots.actions.integrity import rebuild_columns
from pilots.management.saying import SayingCommand


class Command(SayingCommand):
    help = "Derive every pilot's stage, dates and clocks from its history again, and write what differs."

    def handle(self, *args: Any, **options: Any) -> None:
        changed = [str(difference) for difference in rebuild_columns(write=True)]
        sentence = "\n".join([*changed, f"{len(changed)} columns set right."])
        self.answer({"changed": changed}, sentence, as_json=options["json"])
