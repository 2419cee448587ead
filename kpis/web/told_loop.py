"""What happened to the way a pilot learns from its outcomes, in sentences."""

from pilots.web.told import Verb

LOOP: dict[str, Verb] = {
    "loop.edited": Verb("edit", lambda event: "wrote down how it learns from what came true", shows=True),
}
