"""Content that nobody can change unseen (E9): versions named by their hash, in a chain of hashes.

A version's name is the hash of its words. Each link of an organisation's chain has the hash of the
link before it in its own, so who keeps the last one's can tell that nothing before it was changed,
taken out or put elsewhere.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from sluice.push.rules.contents import Content

GENESIS = "sha256:" + "0" * 64  # what the first link follows


class What(StrEnum):
    """What is wrong with a place of the chain."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"


class Link(msgspec.Struct, frozen=True):
    """One link: which version came when, and the hash of the link before."""

    position: int  # from 1
    version: str
    at: str
    previous: str


@dataclass(frozen=True)
class Stored:
    """A link as it was found, at its place."""

    place: int
    link: Link
    hash: str


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a place of the chain, and why we think so."""

    place: int
    what: What
    why: str
    version: str | None = None


@dataclass(frozen=True)
class Head:
    """The end of the chain as far as it was walked: what is to be kept elsewhere."""

    position: int
    hash: str


def text_of(content: Content) -> str:
    """Return the one text that stands for content: its hash is the version."""
    return msgspec.json.encode(msgspec.structs.replace(content, version=None)).decode()


def version_of(text: str) -> str:
    """Return the name of a version, by its text."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def hash_of_link(link: Link) -> str:
    """Return the hash of a link, with that of the one before in it."""
    return version_of(msgspec.json.encode(link).decode())


def start(after: Head, kept: Stored | None, length: int) -> tuple[list[Wrong], Head]:
    """Compare the place where a walk begins with what the caller has kept of it.

    `kept` is the link found there. Returns what is wrong, and the head to go on from; an empty
    hash in `after` is compared with nothing.
    """
    if not after.position:
        return [], Head(0, GENESIS)
    if kept is None:
        why = f"the chain has {length} links"
        return [Wrong(after.position, What.MISSING, why)], after
    wrong = []
    if after.hash not in {"", kept.hash}:
        why = "it is not the link whose hash was kept"
        wrong.append(Wrong(kept.place, What.CHANGED, why, kept.link.version))
    return wrong, Head(kept.place, kept.hash)


def walk(
    after: Head, found: Sequence[Stored], texts: Mapping[str, str], until: int
) -> tuple[list[Wrong], Head]:
    """Check the places behind `after` up to `until`; return what is wrong, and the head there.

    `found` are the links there, by place; `texts` the words of their versions.
    """
    by_place = {stored.place: stored for stored in found}
    hashes = {stored.hash for stored in found}
    wrong: list[Wrong] = []
    head, previous = after, after.hash or None
    for place in range(after.position + 1, until + 1):
        stored = by_place.get(place)
        if stored is None:
            wrong.append(Wrong(place, What.MISSING, "there is no link at this place"))
            previous = None
            continue
        wrong += _wrong(stored, previous, hashes)
        wrong += _wrong_words(stored, texts)
        previous = stored.hash
        head = Head(place, stored.hash)
    return wrong, head


def _wrong(stored: Stored, previous: str | None, hashes: set[str]) -> Iterator[Wrong]:
    place, link = stored.place, stored.link
    if hash_of_link(link) != stored.hash:
        yield Wrong(place, What.CHANGED, "the link has another hash than it says", link.version)
    if link.position != place:
        why = f"the link of place {link.position} stands here"
        yield Wrong(place, What.REORDERED, why, link.version)
    elif previous is not None and link.previous != previous:
        what = What.REORDERED if link.previous in hashes else What.CHANGED
        yield Wrong(place, what, "it does not follow the link before it", link.version)


def _wrong_words(stored: Stored, texts: Mapping[str, str]) -> Iterator[Wrong]:
    version = stored.link.version
    text = texts.get(version)
    if text is None:
        yield Wrong(stored.place, What.MISSING, "the words of this version are gone", version)
    elif version_of(text) != version:
        yield Wrong(stored.place, What.CHANGED, "the words are not those of this version", version)
