"""The whole way of a request, with real parts."""
