"""D-ID's API, spoken by the sandbox."""
