"""What the parameters of saved queries may be: the concepts of a scheme, the records of a kind, from the graph."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property

from wsic_graph.answers import Iri, rows
from wsic_graph.engine import Door
from wsic_graph.engine.bind import Bindings
from wsic_graph.errors import ParameterError
from wsic_graph.namespaces import ID, SCHEME, SCHEMES
from wsic_graph.queries import Parameter, Query

_ALL_NAMED = 12
_LONGEST_COMPARED = 80


class Choices:
    """The concepts and records of one release; read from the graph once, when they are first needed."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def of(self, parameter: Parameter) -> Mapping[str, str]:
        """Last part of the IRI and label of everything that ``parameter`` may be, or nothing if it is open."""
        return self._found.get(parameter.among, {})

    def bind(self, query: Query, values: Mapping[str, object]) -> Bindings:
        """Substitutions for the door, as :meth:`Query.bind`, once every value is known to be in the graph.

        Raises ``ParameterError``, which names near right values, for one that is not.
        """
        bound = query.bind(values)
        for parameter in query.parameters:
            known = self.of(parameter)
            for value in parameter.values(str(values.get(parameter.name, ""))):
                if known and value and parameter.short(value) not in known:
                    raise self._no_such(parameter, value, known)
        return bound

    def _no_such(self, parameter: Parameter, value: str, known: Mapping[str, str]) -> ParameterError:
        names = near(parameter.short(value), known)
        if names:
            hint = "near it: " + ", ".join(f"{name} ({known[name]})" if known[name] else name for name in names)
        elif len(known) <= _ALL_NAMED:
            hint = f"there are: {', '.join(known)}"
        else:
            hint = f"there are {len(known):,}, for example {parameter.short(parameter.example or next(iter(known)))}"
        place = "in the scheme" if parameter.among in SCHEMES else "a record of the kind"
        return ParameterError(parameter.name, f"{value!r} is not {place} {parameter.among}; {hint}", value, names)

    @cached_property
    def _found(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for row in rows(self._door, "service/choices"):
            thing, label = row["thing"], row["label"]
            if isinstance(thing, Iri) and thing.startswith((ID, SCHEME)) and not thing.part:
                found.setdefault(thing.kind, {})[thing.slug] = str(label or "")
        return found


def near(wrong: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Up to three of ``known`` whose name or label is like ``wrong``."""
    by_word = {label.lower(): name for name, label in known.items()} | {name.lower(): name for name in known}
    sought = wrong.lower()[:_LONGEST_COMPARED].strip()
    inside = [word for word in by_word if len(sought) > 2 and sought in word]
    like = [*get_close_matches(sought, by_word, n=3), *sorted(inside, key=len)]
    return tuple(dict.fromkeys(by_word[word] for word in like))[:3]
