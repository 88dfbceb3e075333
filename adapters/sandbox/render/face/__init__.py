"""Faces: landmarks, features, motion."""
