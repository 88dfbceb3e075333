"""The core: what a request is, how a job moves, what people read. It knows no vendor, no database and no HTTP."""
