"""Redaction, log set-up, signed tokens, safe file names."""
