"""A message as plain text, for channels that have nothing else."""

from sluice.push.providers import Message


def short(message: Message) -> str:
    """Return title and body, then the link and how to end such messages, each in a line."""
    content = message.content
    link = message.link or content.link
    lines = [f"{content.title}: {content.body}", link or "", message.unsubscribe_url or ""]
    return "\n".join(line for line in lines if line)
