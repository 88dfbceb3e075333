"""HeyGen's twin: its paths, its renders, its hooks."""

from starlette.routing import Route

from adapters.sandbox.api.heygen import catalogues, create, job_views, templates, uploads, webhook_endpoints
from adapters.sandbox.api.heygen.render_orders import build_order
from adapters.sandbox.api.heygen.requests_and_errors import HEYGEN_CONVENTIONS
from adapters.sandbox.context import SandboxContext, Twin
from adapters.sandbox.request_pipeline import build_routes


def heygen_routes(context: SandboxContext) -> list[Route]:
    """The paths of the generations this account is served in."""
    absent = {"v2": ("/v3/",), "v3": ("/v1/", "/v2/")}.get(context.options.heygen_versions, ())
    modules = (catalogues, create, job_views, templates, uploads, webhook_endpoints)
    served = [one for module in modules for one in module.operations if not one.path.startswith(absent)]
    return build_routes(context, served, HEYGEN_CONVENTIONS)


HEYGEN_TWIN = Twin(build_order, webhook_endpoints.build_webhooks)
