"""What Discord sends us."""
