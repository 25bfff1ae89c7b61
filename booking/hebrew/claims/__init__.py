"""What the assistant claims in a sentence: done, sent, promised, free, priced, open. Pure and deterministic.

Claims are found by the form of the words: past and passive verbs, states, closing words. Questions, offers, the future,
negations and conditions claim nothing, except where they promise. Whether a claim is true is for others to say.
"""

from booking.hebrew.claims.moments import Moment, agrees, days_of, moments_in
from booking.hebrew.claims.reading import Label, claims_in, label_of
from booking.hebrew.claims.values import Claim, Kind

__all__ = ["Claim", "Kind", "Label", "Moment", "agrees", "claims_in", "days_of", "label_of", "moments_in"]
