"""A message as plain words, within a provider's bounds."""

from sluice.push.providers import Message


def text_of(message: Message, max_bytes: int) -> str:
    """Return title, body and link, each on its own line; the body is cut where it is too long."""
    link = link_of(message)
    head, tail = f"{message.content.title}\n", f"\n{link}" if link else ""
    room = max_bytes - len((head + tail).encode())
    return head + cut(message.content.body, max(room, 0)) + tail


def link_of(message: Message) -> str | None:
    """Return where the message leads: our link, which records the click, else the content's."""
    return message.link or message.content.link


def cut(text: str, max_bytes: int) -> str:
    """Return the text, or as much of it as fits in UTF-8, ending in an ellipsis."""
    raw = text.encode()
    if len(raw) <= max_bytes:
        return text
    ending = "…"
    kept = raw[: max(max_bytes - len(ending.encode()), 0)].decode(errors="ignore")
    return kept + ending if kept else ""
