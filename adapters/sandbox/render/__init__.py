"""The sandbox's renderer: real talking videos from an order, knowing nothing of HTTP."""
