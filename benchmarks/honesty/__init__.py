"""A thousand Hebrew calls to a provider that lies, mishears, interrupts and drops: who was told what is not so?

    python -m benchmarks.honesty            # CALLS=1000 SEED=1

Simulated people call the product over real sockets, in virtual time. What they heard is held against the database by
`judge`, which knows nothing of the product's own guard.
"""
