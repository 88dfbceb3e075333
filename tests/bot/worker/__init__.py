"""Tests of the engine and its stages."""
