"""Stand-ins at the seams: they behave like the real parts and record their calls."""
