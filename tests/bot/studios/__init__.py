"""Tests of the choice of a studio."""
