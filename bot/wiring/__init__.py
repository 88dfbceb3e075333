"""The parts that `bot.app` puts together. Like it they know adapters and storage; nobody in the core knows them."""
