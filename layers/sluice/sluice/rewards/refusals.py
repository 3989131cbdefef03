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
