"""Starting, killing and watching bots in processes of their own."""
