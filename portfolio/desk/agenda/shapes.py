"""What Today is made of: figures, chapters with their lines, and changes."""

from dataclasses import dataclass

AT_MOST = 5


@dataclass(frozen=True)
class Line:
    """One thing that waits: of which pilot, why, until or since when, and the one thing to do.

    `title` says what is asked where the pilot's name alone does not; `key` is empty for a whole program.
    """

    name: str
    key: str
    href: str
    why: str
    action: str
    url: str
    icon: str = ""
    health: str = ""
    title: str = ""
    when: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class Chapter:
    """At most five lines of `count`; `url` opens all of them as a list, where there is one.

    `is_asked`: it counts among the things that wait for the reader.
    """

    title: str
    count: int
    lines: list[Line]
    url: str = ""
    note: str = ""
    is_asked: bool = True

    @property
    def count_said(self) -> str:
        return f"{self.count:,}"

    @property
    def has_more(self) -> bool:
        return self.count > len(self.lines)

    @property
    def more(self) -> int:
        return self.count - len(self.lines)


@dataclass(frozen=True)
class Change:
    """Something that happened to a pilot, in words."""

    name: str
    url: str
    icon: str
    sentence: str
    under: str


@dataclass(frozen=True)
class Figure:
    """One number of the top row; `beside` is a smaller one with its own list."""

    label: str
    count: int
    url: str
    health: str = ""
    beside: str = ""
    beside_url: str = ""

    @property
    def count_said(self) -> str:
        return f"{self.count:,}"


@dataclass(frozen=True)
class Stretch:
    """One part of the bar under the figures, in per cent of its width."""

    health: str
    start: str
    width: str
    middle: str
