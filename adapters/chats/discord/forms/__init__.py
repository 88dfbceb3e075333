"""Modals and the drafts behind them."""
