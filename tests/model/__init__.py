"""The life of a job as a model: every interleaving of people, studios, chats, crashes and two engines on one store."""
