"""What the vendors' APIs take, as one OpenAPI document for each, and the check that goes by it."""

from adapters.contracts.contract import BodySchema, Contract, Problem, load_contract

__all__ = ["BodySchema", "Contract", "Problem", "load_contract"]
