"""Tests of the command line without processes."""
