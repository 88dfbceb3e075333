"""Checks bodies by the vendor's contract with the `jsonschema` library."""

from typing import Any

from jsonschema import Draft202012Validator

from adapters.contracts.contract import ContractName, load_contract


def body_validator(contract: ContractName, path: str) -> Draft202012Validator:
    """What a POST to a path takes."""
    document = load_contract(contract).document
    schema: Any = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": document["components"]})
