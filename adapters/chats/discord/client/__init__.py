"""The connection to Discord and its errors."""
