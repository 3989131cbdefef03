"""What the push context refuses."""

from collections.abc import Sequence
from typing import Any

from sluice.shared.errors import Refusal


class StrategyChanged(Refusal):
    """Another call wrote the next version of this strategy."""

    slug, title = "strategy-changed", "Someone else just changed this strategy"


class TemplateChanged(Refusal):
    """Another call wrote the next version of this template."""

    slug, title = "template-changed", "Someone else just changed this template"


class NoStrategyProvider(Refusal):
    """A provider account of the strategy does not exist; `fields` name the channels."""

    slug, title = "no-such-strategy-provider", "There is no such provider account"

    def __init__(self, fields: Sequence[str] = ()) -> None:
        super().__init__()
        self.fields = fields

    def extensions(self) -> dict[str, Any]:
        """Return the channels' fields as `[{field, reason}]`."""
        reason = "no such provider account"
        return {"fields": [{"field": field, "reason": reason} for field in self.fields]}


class PurposeNotAllowed(Refusal):
    """A provider of the strategy may not carry its purpose; `fields` name the channels."""

    slug, title = "purpose-not-allowed", "A channel of this strategy may not carry its purpose"

    def __init__(self, fields: Sequence[str] = ()) -> None:
        super().__init__()
        self.fields = fields

    def extensions(self) -> dict[str, Any]:
        """Return the channels' fields as `[{field, reason}]`."""
        reason = "its provider may not carry this purpose"
        return {"fields": [{"field": field, "reason": reason} for field in self.fields]}


class ContentKnown(Refusal):
    """Content with this hash is stored already."""

    slug, title = "content-known", "This content is stored already"


class ContentChained(Refusal):
    """This version has its place in the chain already."""

    slug, title = "content-chained", "This content has its place in the chain already"


class ChainMoved(Refusal):
    """Another version took this place of the chain."""

    slug, title = "chain-moved", "The chain of contents grew at the same moment"


class PushOver(Refusal):
    """The push has ended: there is nothing to cancel."""

    slug, title = "push-over", "This push has ended"


class PushExists(Refusal):
    """There is a push with this id."""

    slug, title = "push-exists", "This push exists already"


class PushMoved(Refusal):
    """Another receipt or step changed this push; look again and decide again."""

    slug, title = "push-moved", "This push changed at the same moment"


class PushStopped(Refusal):
    """Nothing more is sent for this push, or its chain is past this position (E5)."""

    slug, title = "push-stopped", "Nothing more is sent for this push"


class AttemptBegun(Refusal):
    """The attempt at this position was begun before."""

    slug, title = "attempt-begun", "This attempt was begun before"


class TryTaken(Refusal):
    """Another process took this try of the attempt, or what became of it is known."""

    slug, title = "try-taken", "This attempt is sent by another process"


class AttemptSettled(Refusal):
    """A receipt, a behaviour or the provider's answer has said what became of this attempt."""

    slug, title = "attempt-settled", "What became of this attempt is known"


class ReceiptKnown(Refusal):
    """This receipt has been taken; it changes nothing twice."""

    slug, title = "receipt-known", "This receipt was taken before"


class MessageKnown(Refusal):
    """Receipts for this message id came before it was mapped, or it is another message's."""

    slug, title = "message-known", "This message id is known already"


class BehaviourKnown(Refusal):
    """This behaviour was recorded before."""

    slug, title = "behaviour-known", "This behaviour was recorded before"


class WindowClosed(Refusal):
    """Whether this user has converted was recorded before."""

    slug, title = "window-closed", "This conversion window is closed"


class MessageDelivered(Refusal):
    """The sandbox has delivered a message with this tracking id."""

    slug, title = "message-delivered", "This message was delivered before"


class RecipientChanged(Refusal):
    """Another call changed this recipient; look again and decide again."""

    slug, title = "recipient-changed", "This recipient changed at the same moment"


class FrequencyCapReached(Refusal):
    """The organisation sends no more pushes of this purpose to this user for now."""

    slug, title = "frequency-cap-reached", "This user has had enough messages of this kind"


class MessageGone(Refusal):
    """The message is in no inbox, or no more."""

    slug, title = "message-gone", "This message is no longer there"


class RunExists(Refusal):
    """There is a run with this id: a fault of randomness."""

    slug, title = "run-exists", "Try again"


class RunMoved(Refusal):
    """Another call or step changed this run; look again and decide again."""

    slug, title = "run-moved", "This run changed at the same moment"


class RunCannot(Refusal):
    """A run cannot become this from what it is: one that has ended is not set going again."""

    slug, title = "run-cannot", "This run cannot become that now"


class BatchDone(Refusal):
    """This batch of a run was sent."""

    slug, title = "batch-done", "This batch was sent"


class PurposeDiffers(Refusal):
    """The strategy is for messages of another purpose than this one."""

    slug, title = "purpose-differs", "This strategy is not for such messages"
