"""Modals: opening, drawing and submitting."""
