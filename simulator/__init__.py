"""Stand-ins for the outside world: the carrier and the voice and text provider.

They speak the real protocols over real sockets and know nothing of the product behind them. What they cannot
know about the real ones is listed in `docs/first-live-call.md`.
"""
