"""Storyboards: the model, and the two formats they are written in."""
