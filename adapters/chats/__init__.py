"""Places where people ask and are answered."""
