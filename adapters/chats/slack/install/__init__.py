"""How the app gets into a workspace, and out of it."""
