from typing import Any

from pilots.access.guards import missing_guards
from pilots.actions.integrity import rebuild_columns
from pilots.management.saying import SayingCommand, refuse


class Command(SayingCommand):
    help = "Compare columns with history and look for the triggers; exit 2 when something is off."

    def handle(self, *args: Any, **options: Any) -> None:
        faults = [str(difference) for difference in rebuild_columns(write=False)]
        faults += [f"The trigger {name} is missing. Run manage.py migrate." for name in missing_guards()]
        if faults:
            self.answer({"faults": faults}, "\n".join(faults), as_json=options["json"])
            refuse(f"{len(faults)} faults found. manage.py rebuild_columns sets columns right.")
        self.answer({"faults": []}, "Columns, history and triggers agree.", as_json=options["json"])
