"""The verbs people type, and the parser, forms and help made from them."""
