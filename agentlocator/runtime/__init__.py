"""What starts, watches and ends the product's processes on one machine.

`paths`, `services` and what they use need the standard library only: settings ask them for addresses before
Django is set up. `bootstrap` runs before anything is installed at all.
"""
