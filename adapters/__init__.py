"""Everything that speaks a wire. No adapter knows another; `bot.app` puts them together."""
