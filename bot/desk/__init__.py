"""What chats call: requests become jobs, questions get answers."""
