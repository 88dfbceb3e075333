"""Bodies no one would think of."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sandbox.api.did.kinds import KINDS
from adapters.sandbox.api.did.material import addresses
from adapters.sandbox.api.did.request_parsing import checked
from adapters.sandbox.api_error import Refusal
from tests.sandbox.test_validation import BASES, TAKEN, changed

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
FIELDS = sorted({(path, field) for path, field, _ in TAKEN if field.split(".")[0] in KINDS[path].body.model_fields})


@settings(max_examples=150, deadline=None)
@given(where=st.sampled_from(FIELDS), value=JSON)
def test_any_value_anywhere_is_taken_or_refused(where: tuple[str, str], value: Any) -> None:
    """No body, however odd, is an error inside: it fits its model and comes back as JSON, or it is a bad request."""
    path, field = where
    refused: Refusal | None = None
    body: dict[str, Any] = {}
    try:
        body = checked(KINDS[path].body, changed(path, field, value)).model_dump(mode="json", exclude_none=True)
    except Refusal as refusal:
        refused = refusal
    assert refused is None or refused.status == 400
    json.dumps(refused.body if refused else body, allow_nan=False)
    assert all(isinstance(address, str) for address in addresses(body).values())


def test_the_plain_bodies_are_fine() -> None:
    """What the other tests change is itself in order."""
    for path, body in BASES.items():
        checked(KINDS[path].body, body)
