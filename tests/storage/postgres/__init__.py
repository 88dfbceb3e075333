"""Tests of the database server."""
