"""Bodies no one would think of."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sandbox.api.did.generators import GENERATORS
from adapters.sandbox.api.did.material import media_urls
from adapters.sandbox.api.did.requests_and_errors import validate_body
from adapters.sandbox.request_pipeline import ApiError
from tests.adapters.sandbox.test_validation import ACCEPTED_CHANGES, BASE_BODIES, changed_body

JSON_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
ANY_JSON = st.recursive(JSON_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
ACCEPTED_FIELDS = sorted(
    {(path, field) for path, field, _ in ACCEPTED_CHANGES if GENERATORS[path].body.has_field(field.split(".")[0])}
)


@settings(max_examples=150, deadline=None)
@given(where=st.sampled_from(ACCEPTED_FIELDS), value=ANY_JSON)
def test_any_value_anywhere_is_taken_or_refused(where: tuple[str, str], value: Any) -> None:
    """No body, however odd, is an error inside: it fits its contract and comes back as JSON, or it is a bad request."""
    path, field = where
    refused: ApiError | None = None
    body: dict[str, Any] = {}
    try:
        body = validate_body(GENERATORS[path].body, changed_body(path, field, value))
    except ApiError as refusal:
        refused = refusal
    assert refused is None or refused.response.status_code == 400
    json.dumps(body, allow_nan=False)
    assert all(isinstance(address, str) for address in media_urls(body).values())


def test_the_plain_bodies_are_fine() -> None:
    """What the other tests change is itself in order."""
    for path, body in BASE_BODIES.items():
        validate_body(GENERATORS[path].body, body)
