"""What the product costs and how quick it is: `make bench` prints it.

Nothing here is asserted by a test. Every figure stands beside a yardstick that was measured on the same machine in
the same run, because bare milliseconds mean little on somebody else's computer.
"""
