"""The sandbox's renderer, by the films it makes."""
