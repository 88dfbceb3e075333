"""Who may request what, and which defaults apply."""
