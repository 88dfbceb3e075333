"""Modals and the values behind them."""
