"""Tests of requests and options."""
