"""Speech and sound."""
