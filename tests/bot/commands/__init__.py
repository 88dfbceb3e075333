"""Tests of verbs, parser, forms."""
