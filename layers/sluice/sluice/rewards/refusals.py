"""What the reward ledger refuses."""

from sluice.shared.errors import Refusal


class RewardDiffers(Refusal):
    """This natural key was rewarded, and what was asked then was something else."""

    slug, title = "reward-differs", "Another reward was granted under this key"


class RewardNotReversible(Refusal):
    """The reward is in a state from which it cannot be reversed."""

    slug, title = "reward-not-reversible", "The reward cannot be reversed in its state"


class BalanceTooLow(Refusal):
    """The owner's account does not hold what would be taken."""

    slug, title = "balance-too-low", "The account does not hold enough"


class ProgrammeClosed(Refusal):
    """The programme grants nothing more."""

    slug, title = "programme-closed", "The programme is closed"


class BudgetExhausted(Refusal):
    """What is left of the programme's budget is less than what would be granted."""

    slug, title = "budget-exhausted", "The programme's budget does not cover this"


class CapReached(Refusal):
    """The person would get more than the programme allows in this period."""

    slug, title = "cap-reached", "The person has got what the programme allows"


class RewardNotHeld(Refusal):
    """Only a held reward can be approved or rejected."""

    slug, title = "reward-not-held", "The reward is not held for a decision"


class Outdated(Refusal):
    """What a write was decided by has changed: read it again and decide again."""

    slug, title = "outdated", "This changed at the same moment"


class PayoutCannot(Refusal):
    """The batch is in a state that does not allow this."""

    slug, title = "payout-cannot", "The payout cannot do that now"


class PayoutMoved(Refusal):
    """Another call or step changed this batch: look again and decide again."""

    slug, title = "payout-moved", "This payout changed at the same moment"


class RowSettled(Refusal):
    """The row is paid, failed or released: it does not change again."""

    slug, title = "row-settled", "This row is settled"
