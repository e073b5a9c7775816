"""Class and guide chunks, and keeping a knowledge base in step with taxonomy and catalog."""

from dataclasses import replace

import pytest

from agents.events import make_template, parse
from agents.knowledge.base import Chunk, Kind, Query, lexical_token
from agents.knowledge.build import build_chunks, class_chunk, guide_chunk, sync
from agents.knowledge.catalog import Catalog, load_catalog
from agents.ocsf import Taxonomy, load_taxonomy

TAXONOMY = load_taxonomy("1.8.0")
CATALOG = load_catalog(TAXONOMY)
SMALL_TAXONOMY = Taxonomy("1.8.0", {uid: TAXONOMY[uid] for uid in (0, 3002, 4003, 2001)})
SSHD = tuple(g for g in CATALOG.guides if g.product == "linux-sshd" and g.class_uid == 3002)
SMALL = Catalog(SSHD[:3])


def test_a_class_chunk_says_what_retrieval_needs():
    chunk = class_chunk(TAXONOMY[3002], TAXONOMY)
    assert chunk.chunk_id == "class:1.8.0:3002"
    assert chunk.text.startswith("Authentication (Identity & Access Management)")
    for wanted in ("Logon", "Logoff", "logon type", "Kerberos"):
        assert wanted in chunk.text
    assert "<" not in chunk.text


def test_a_deprecated_class_is_marked_and_names_its_replacement():
    chunk = class_chunk(TAXONOMY[4010], TAXONOMY)
    assert chunk.text.startswith("Deprecated since OCSF 1.1.0")
    assert chunk.metadata["deprecated"] is True
    assert chunk.metadata["replaced_by"] == [6006]


def test_a_guide_chunk_carries_its_conditions_as_words_and_as_tokens():
    guide = next(g for g in CATALOG.guides if g.guide_id == "guide:linux-sshd:accepted")
    chunk = guide_chunk(guide, TAXONOMY)
    assert chunk.text.startswith(guide.title)
    assert guide.meaning in chunk.text
    assert lexical_token("syslog.app", "sshd") in chunk.tokens
    assert chunk.metadata["match"]


def test_every_chunk_can_be_stored_anywhere():
    chunks = list(build_chunks(TAXONOMY, CATALOG))
    assert len({c.chunk_id for c in chunks}) == len(chunks)
    for chunk in chunks:
        chunk.text.encode("utf-8")
        assert chunk.content_hash
        assert all(token.isascii() and token.isalnum() for token in chunk.tokens), chunk.chunk_id
        assert len(chunk.text) < 6000, chunk.chunk_id


def test_an_event_shares_its_tokens_with_its_guide():
    from agents.classifier.query import query_tokens

    event = parse(
        '{"EventID": 4624, "Channel": "Security", "Provider": {"Name": "Microsoft-Windows-Security-Auditing"}}'
    )
    tokens = set(query_tokens(event, make_template(event)))
    sharing = [c.chunk_id for c in build_chunks(TAXONOMY, CATALOG) if "eventid04624" in set(c.tokens) & tokens]
    assert any(chunk_id.startswith("guide:windows-security") for chunk_id in sharing)


def test_sync_fills_and_is_idempotent(knowledge_base):
    seen = []
    first = sync(knowledge_base, SMALL_TAXONOMY, SMALL, lambda done, total: seen.append((done, total)))
    assert (first.added, first.updated, first.removed, first.missing) == (7, 0, 0, ())
    assert seen[-1] == (7, 7)
    version = knowledge_base.version()
    second = sync(knowledge_base, SMALL_TAXONOMY, SMALL)
    assert (second.added, second.updated, second.removed, second.unchanged) == (0, 0, 0, 7)
    assert not second.changed
    assert knowledge_base.version() == version


def test_sync_updates_what_changed_and_removes_what_left(knowledge_base):
    sync(knowledge_base, SMALL_TAXONOMY, SMALL)
    changed = replace(SSHD[0], meaning="Something else is now known about this event.")
    report = sync(knowledge_base, SMALL_TAXONOMY, Catalog((changed, SSHD[1])))
    assert (report.added, report.updated, report.removed) == (0, 1, 1)
    assert knowledge_base.get([SSHD[2].guide_id]) == []
    assert "now known" in knowledge_base.get([SSHD[0].guide_id])[0].text


def test_sync_leaves_people_s_chunks_alone(knowledge_base):
    mine = [
        Chunk("guide:custom:1", Kind.GUIDE, "ours", "our own guide", "1.8.0", 3002),
        Chunk("example:1", Kind.EXAMPLE, "seen", "an example", "1.8.0", 3002),
    ]
    knowledge_base.upsert(mine)
    report = sync(knowledge_base, SMALL_TAXONOMY, SMALL)
    assert report.removed == 0
    assert {c.chunk_id for c in knowledge_base.get(["guide:custom:1", "example:1"])} == {"guide:custom:1", "example:1"}


def test_another_version_of_the_taxonomy_replaces_its_classes(knowledge_base):
    sync(knowledge_base, SMALL_TAXONOMY, SMALL)
    old = load_taxonomy("1.5.0")
    report = sync(knowledge_base, Taxonomy("1.5.0", {3002: old[3002]}), Catalog(()))
    assert (report.added, report.removed) == (1, 7)
    hits = knowledge_base.search(Query("logon session", {Kind.CLASS: 5}, "1.5.0"))
    assert [h.chunk.chunk_id for h in hits] == ["class:1.5.0:3002"]


class DroppingKnowledge:
    """A server that accepts everything and keeps all but one chunk."""

    def __init__(self, dropped):
        self.dropped, self.kept = dropped, {}

    def upsert(self, chunks, progress=None):
        self.kept.update({c.chunk_id: c.content_hash for c in chunks if c.chunk_id != self.dropped})

    def manifest(self, kinds):
        return iter(self.kept.items())

    def delete(self, chunk_ids):
        raise AssertionError("nothing to delete")


def test_what_a_server_silently_dropped_is_reported():
    report = sync(DroppingKnowledge(SSHD[0].guide_id), SMALL_TAXONOMY, SMALL)
    assert report.missing == (SSHD[0].guide_id,)


@pytest.mark.parametrize("product", sorted({g.product for g in CATALOG.guides}))
def test_every_product_of_the_first_catalog_has_guides_with_references(product):
    guides = [g for g in CATALOG.guides if g.product == product]
    assert all(g.reference.startswith("https://") for g in guides)
