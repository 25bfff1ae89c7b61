"""`/hours/`: the ordinary week as a grid, what the assistant will say of it, and which appointments fall out."""
