"""Everything a bot imports, so that the server which forks bots has it already."""

import adapters.chats.discord
import adapters.sandbox.sandbox
import bot.cli.ask
import storage.postgres.open
import tests.kill_tests.bot_control.bot_main

__all__ = ["adapters", "bot", "storage", "tests"]
