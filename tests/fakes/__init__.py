"""Stand-ins at the seams: they behave, and they remember what was asked of them."""
