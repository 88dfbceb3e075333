"""What carries jobs from stage to stage."""
