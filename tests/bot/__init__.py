"""Tests of the core alone: no database, no HTTP."""
