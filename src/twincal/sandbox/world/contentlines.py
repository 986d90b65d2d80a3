"""iCalendar text as components and properties that know their line (RFC 5545 section 3.1), however odd the text is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[^=;:"]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)\Z', re.DOTALL)
_PARAMETER = re.compile(r';([^=;:"]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Property:
    """One content line: its value as it stands, its parameters with names in capitals, the line it begins on."""

    name: str
    parameters: dict[str, str]
    value: str
    line: int

    @property
    def text(self) -> str:
        """The value as text, escapes undone."""
        return _unescaped(self.value)

    @property
    def texts(self) -> list[str]:
        """The values of a list, escapes undone."""
        return [_unescaped(part) for part in re.split(r"(?<!\\),", self.value)]


@dataclass(slots=True)
class Component:
    """What stands between BEGIN and END. `faults` are lines that are none."""

    name: str
    line: int
    properties: dict[str, list[Property]] = field(default_factory=dict)
    children: list["Component"] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)
    closed: bool = False

    def first(self, name: str) -> Property | None:
        """The first property of that name."""
        found = self.properties.get(name)
        return found[0] if found else None

    def every(self, name: str) -> list[Property]:
        """All properties of that name, in order."""
        return self.properties.get(name, [])

    def text(self, name: str) -> str:
        """The text of a property, empty when there is none."""
        found = self.first(name)
        return found.text if found else ""


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value) if "\\" in value else value


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Whole lines with the number they begin on; a line that starts with a blank continues the one before."""
    held, begun = "", 0
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff")), 1):
        if line[:1] in {" ", "\t"} and begun:
            held += line[1:]
            continue
        if held:
            yield begun, held
        held, begun = line, number
    if held:
        yield begun, held


def read_components(text: str) -> Component:
    """Everything in the text below one nameless component. A component that never ends stays open (`closed` is False)."""
    root = Component("", 0, closed=True)
    stack = [root]
    for number, line in _unfolded(text):
        found = _LINE.match(line)
        if found is None:
            if line.strip():
                stack[-1].faults.append((number, f"'{line[:40]}' is no iCalendar line"))
            continue
        name = found[1].upper()
        if name == "BEGIN":
            child = Component(found[3].strip().upper(), number)
            stack[-1].children.append(child)
            stack.append(child)
        elif name == "END":
            _close(stack, found[3].strip().upper(), number)
        else:
            parameters = {key.upper(): value.strip('"') for key, value in _PARAMETER.findall(found[2])} if found[2] else {}
            stack[-1].properties.setdefault(name, []).append(Property(name, parameters, found[3], number))
    return root


def _close(stack: list[Component], name: str, number: int) -> None:
    names = [component.name for component in stack[1:]]
    if name not in names:
        stack[-1].faults.append((number, f"END:{name} without its BEGIN"))
        return
    while stack[-1].name != name:
        stack.pop()
    stack.pop().closed = True
