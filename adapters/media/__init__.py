"""Looks into pictures, sound and video, and makes them fit what a studio takes."""
