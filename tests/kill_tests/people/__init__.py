"""People in each chat: they ask, press, subscribe, and see what is there."""
