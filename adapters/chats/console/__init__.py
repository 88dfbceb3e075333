"""The console: a chat in the browser, with no account anywhere."""
