"""D-ID's twin as the sandbox holds it: its paths, its renders, its hooks."""

import json
from collections.abc import Sequence
from functools import partial

from starlette.routing import Route

from adapters.sandbox.api.did import catalogues, list_and_delete, settings, uploads
from adapters.sandbox.api.did.auth_and_errors import DidConventions
from adapters.sandbox.api.did.create import create_jobs
from adapters.sandbox.api.did.job_views import job_view
from adapters.sandbox.api.did.kinds import DidGenerator, generators_for
from adapters.sandbox.api.did.render_orders import build_order
from adapters.sandbox.context import OutgoingWebhook, SandboxContext
from adapters.sandbox.render.order import RenderOrder
from adapters.sandbox.renderer import Renderer
from adapters.sandbox.request_pipeline import Operation, build_routes
from adapters.sandbox.store.jobs import SandboxJob


class DidTwin:
    """Everything of the sandbox that is D-ID's."""

    def __init__(self, context: SandboxContext, renderer: Renderer) -> None:
        self._context = context
        self._renderer = renderer

    def routes(self) -> list[Route]:
        """All of D-ID's paths, fixed ones before those with an id."""
        generators = [
            one for kind in generators_for(self._context.options.v4_path) for one in _generator_operations(kind)
        ]
        return build_routes(self._context, [*self._fixed_operations(), *generators], DidConventions())

    def _fixed_operations(self) -> list[Operation]:
        return [
            Operation("POST", "/images", uploads.add_image),
            Operation("POST", "/images/face-detection", uploads.find_faces),
            Operation("DELETE", "/images/{id}", uploads.delete_image),
            Operation("POST", "/audios", uploads.add_audio),
            Operation("DELETE", "/audios/{id}", uploads.delete_audio),
            Operation("GET", "/expressives/avatars", catalogues.list_avatars),
            Operation("GET", "/expressives/avatars/{id}", catalogues.show_avatar),
            Operation("GET", "/scenes/avatars", catalogues.list_instant_avatars),
            Operation("GET", "/clips/presenters", catalogues.list_presenters),
            Operation("GET", "/clips/presenters/{id}", catalogues.show_presenter),
            Operation("GET", "/clips/presenters/{id}/drivers", catalogues.list_presenter_drivers),
            Operation("GET", "/translations/groups/{id}", list_and_delete.show_group),
            Operation("GET", "/tts/voices", catalogues.list_voices),
            Operation("GET", "/credits", catalogues.show_credits),
            Operation("GET", "/settings/logo", settings.show_logo),
            Operation("POST", "/settings/logo", settings.add_logo),
            Operation("DELETE", "/settings/logo", settings.delete_logo),
            Operation(
                "GET",
                "/sandbox/voices/{id}.wav",
                partial(catalogues.serve_voice_sample, renderer=self._renderer),
                public=True,
            ),
        ]

    async def build_order(self, job: SandboxJob, context: SandboxContext) -> RenderOrder:
        """What to render for a job."""
        return build_order(job, context)

    async def webhooks(self, job: SandboxJob, context: SandboxContext, *, forged: bool) -> Sequence[OutgoingWebhook]:
        """The job as GET would show it, to the address it was given."""
        url = job.body.get("webhook")
        if not url:
            return []
        payload = job_view(job, context, context.base_url or job.base_url, for_webhook=True)
        payload |= {"id": "tlk_forged", "status": "done"} if forged else {}
        return [OutgoingWebhook(url, json.dumps(payload).encode())]


def _generator_operations(kind: DidGenerator) -> list[Operation]:
    return [
        Operation("POST", kind.path, partial(create_jobs, kind=kind)),
        Operation("GET", kind.path, partial(list_and_delete.list_jobs, kind=kind)),
        Operation("GET", f"{kind.path}/{{id}}", partial(list_and_delete.show_job, kind=kind)),
        Operation("DELETE", f"{kind.path}/{{id}}", partial(list_and_delete.delete_job, kind=kind)),
    ]
