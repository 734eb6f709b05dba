"""What a record has beside its page: documents in other formats and profiles, told in the page and in Link headers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from wsic_graph.engine import Door
from wsic_graph.formats import HTML
from wsic_graph.namespaces import ID
from wsic_graph.records.documents import DOCUMENTS, statements
from wsic_graph.records.profiles import RECORD, SCHEMA, Profile, kind_of, profiles_of
from wsic_graph.records.tree import Tree, schema_block
from wsic_graph.service.links import data_of, page_of


@dataclass(frozen=True)
class Alternate:
    """A document about a record: its address, media type and profile, and the words for it."""

    href: str
    media_type: str
    label: str
    profile: Profile

    def link(self, relation: str) -> str:
        """It as one link of a Link header."""
        return _link(self.href, relation, type=self.media_type, profile=self.profile.iri)


@dataclass(frozen=True)
class Described:
    """A record with all that is said of it elsewhere. ``license`` is that of the graph that holds it."""

    iri: str
    license: str | None
    site: str
    door: Door

    @cached_property
    def documents(self) -> list[Alternate]:
        """The record in every format."""
        return [
            Alternate(data_of(self.iri, form.name), form.media_type, form.label, RECORD) for form in DOCUMENTS.values()
        ]

    @cached_property
    def profiles(self) -> list[Alternate]:
        """The other profiles of the record, each as JSON-LD; the other formats have the same addresses."""
        form = DOCUMENTS["jsonld"]
        return [
            Alternate(data_of(self.iri, form.name, profile.token), form.media_type, profile.label, profile)
            for profile in profiles_of(kind_of(self.iri))
            if profile != RECORD
        ]

    @property
    def page(self) -> str:
        """The path of the page that shows the record, and perhaps others with it."""
        return page_of(self.iri) or "/"

    @property
    def canonical(self) -> str:
        """The address of the page that shows this record and no other."""
        path = f"/records/{self.iri.removeprefix(ID)}" if "#" in self.page else self.page
        return self.site + path

    @cached_property
    def schema(self) -> Tree | None:
        """What schema.org has words for, as JSON-LD to stand in the page."""
        found = statements(self.door, self.iri, SCHEMA)
        return schema_block(found, self.iri) if found else None

    def page_links(self) -> str:
        """The Link header of the page that shows the record, as signposting.org has it."""
        links = [_link(self.canonical, "canonical"), *self._common()]
        links += [document.link("describedby alternate") for document in self.documents]
        links += [document.link("alternate") for document in self.profiles]
        kinds = self.schema.get("@type", ()) if self.schema else ()
        links += [_link(f"{SCHEMA.iri}{kind}", "type") for kind in ([kinds] if isinstance(kinds, str) else kinds)]
        return ", ".join(links)

    def document_links(self, form: str, profile: Profile) -> str:
        """The Link header of the document in ``form`` that says what ``profile`` has of the record."""
        token = "" if profile == RECORD else profile.token
        links = [_link(self.site + data_of(self.iri, form, token), "canonical"), *self._common()]
        links.append(_link(self.iri, "describes"))
        links.append(_link(profile.iri, "profile"))
        links.append(_link("/.well-known/void", "describedby", type="text/turtle"))
        links.append(_link(self.page, "alternate", type=HTML.media_type))
        here = data_of(self.iri, form, token)
        links += [item.link("alternate") for item in (*self.documents, *self.profiles) if item.href != here]
        return ", ".join(links)

    def _common(self) -> Iterator[str]:
        yield _link(self.iri, "cite-as")
        if self.license:
            yield _link(self.license, "license")


def _link(target: str, relation: str, **attributes: str) -> str:
    more = "".join(f'; {name}="{value}"' for name, value in attributes.items())
    return f'<{target}>; rel="{relation}"{more}'
