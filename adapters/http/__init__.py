"""HTTP in both directions: the client, downloads, body limits, our own routes."""
