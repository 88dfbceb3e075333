"""D-ID's twin: its paths, its renders, its hooks."""

import json
from collections.abc import Sequence
from functools import partial

from starlette.routing import Route

from adapters.sandbox.api.did import catalogues, list_and_delete, uploads
from adapters.sandbox.api.did.create import create_jobs
from adapters.sandbox.api.did.generators import DidGenerator, generators_for
from adapters.sandbox.api.did.job_views import job_view
from adapters.sandbox.api.did.render_orders import build_order
from adapters.sandbox.api.did.requests_and_errors import DID_CONVENTIONS
from adapters.sandbox.context import OutgoingWebhook, SandboxContext, Twin
from adapters.sandbox.request_pipeline import Operation, build_routes
from adapters.sandbox.store.jobs import SandboxJob


def did_routes(context: SandboxContext) -> list[Route]:
    generators = [one for kind in generators_for(context.options.v4_path) for one in _generator_operations(kind)]
    operations = [*uploads.operations, *catalogues.operations, *list_and_delete.operations, *generators]
    return build_routes(context, operations, DID_CONVENTIONS)


def _generator_operations(kind: DidGenerator) -> list[Operation]:
    return [
        Operation("POST", kind.path, partial(create_jobs, kind=kind)),
        Operation("GET", kind.path, partial(list_and_delete.list_jobs, kind=kind)),
        Operation("GET", f"{kind.path}/{{id}}", partial(list_and_delete.show_job, kind=kind)),
        Operation("DELETE", f"{kind.path}/{{id}}", partial(list_and_delete.delete_job, kind=kind)),
    ]


async def _build_webhooks(job: SandboxJob, context: SandboxContext, forged: bool) -> Sequence[OutgoingWebhook]:
    """The job as GET would show it, to the address it was given."""
    url = job.body.get("webhook")
    if not url:
        return []
    payload = job_view(job, context, context.base_url or job.base_url, for_webhook=True)
    payload |= {"id": "tlk_forged", "status": "done"} if forged else {}
    return [OutgoingWebhook(url, json.dumps(payload).encode())]


DID_TWIN = Twin(build_order, _build_webhooks)
