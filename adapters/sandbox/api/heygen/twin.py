"""HeyGen's twin as the sandbox holds it: its paths, its renders, its hooks."""

from collections.abc import Sequence
from functools import partial

from starlette.routing import Route

from adapters.sandbox.api.heygen import catalogues, create, job_views, templates, uploads, webhook_endpoints
from adapters.sandbox.api.heygen.auth_and_errors import HeygenConventions
from adapters.sandbox.api.heygen.render_orders import build_order
from adapters.sandbox.context import OutgoingWebhook, SandboxContext
from adapters.sandbox.render.order import RenderOrder
from adapters.sandbox.renderer import Renderer
from adapters.sandbox.request_pipeline import Operation, build_routes
from adapters.sandbox.store.jobs import SandboxJob


class HeygenTwin:
    """Everything of the sandbox that is HeyGen's."""

    def __init__(self, context: SandboxContext, renderer: Renderer) -> None:
        self._context = context
        self._renderer = renderer

    def routes(self) -> list[Route]:
        """All of HeyGen's paths in all generations, fixed ones before those with an id."""
        operations = [
            *_v1_operations(),
            *_v2_operations(),
            *_v3_operations(),
            *_webhook_operations(),
            *self._sandbox_operations(),
        ]
        versions = self._context.options.heygen_versions
        served = [each for each in operations if _is_served(each.path, versions)]
        return build_routes(self._context, served, HeygenConventions())

    def _sandbox_operations(self) -> list[Operation]:
        sample = partial(catalogues.serve_voice_sample, renderer=self._renderer)
        return [
            Operation("GET", "/sandbox/heygen/voices/{id}.wav", sample, public=True),
            Operation("GET", "/sandbox/heygen/assets/{id}/{name}", uploads.serve_asset, public=True),
            Operation("PUT", "/sandbox/heygen/direct/{id}/{name}", uploads.receive_direct_upload, public=True),
        ]

    async def build_order(self, job: SandboxJob, context: SandboxContext) -> RenderOrder:
        """What to render for a job."""
        return build_order(job, context)

    async def webhooks(self, job: SandboxJob, context: SandboxContext, *, forged: bool) -> Sequence[OutgoingWebhook]:
        """What to send at the end of a job."""
        return await webhook_endpoints.build_webhooks(job, context, forged=forged)


def _is_served(path: str, versions: str) -> bool:
    """Some accounts are served in one dialect only; what lies elsewhere is a path that does not exist."""
    version = path[1:3]
    if versions == "v3":
        return version not in ("v1", "v2")
    return not (versions == "v2" and version == "v3")


def _v1_operations() -> list[Operation]:
    return [
        Operation("POST", "/v1/asset", uploads.add_asset),
        Operation("POST", "/v1/talking_photo", uploads.add_photo),
        Operation("GET", "/v1/video_status.get", job_views.show_video_status),
        Operation("GET", "/v1/video.list", job_views.list_videos_v1),
        Operation("DELETE", "/v1/video.delete", job_views.delete_video_v1),
    ]


def _v2_operations() -> list[Operation]:
    return [
        Operation("POST", "/v2/video/generate", create.generate_v2),
        Operation("GET", "/v2/avatars", catalogues.list_avatars_v2),
        Operation("GET", "/v2/voices", catalogues.list_voices_v2),
        Operation("GET", "/v2/templates", templates.list_templates),
        Operation("GET", "/v2/template/{id}", templates.show_template),
        Operation("POST", "/v2/template/{id}/generate", templates.generate_from_template),
        Operation("GET", "/v2/user/remaining_quota", catalogues.show_quota),
        Operation("DELETE", "/v2/talking_photo/{id}", uploads.delete_photo),
        Operation("POST", "/v2/photo_avatar/avatar_group/create", uploads.create_photo_avatar),
        Operation("GET", "/v2/photo_avatar/{id}", uploads.show_photo_avatar),
        Operation("POST", "/v2/video_translate", create.translate_v2),
        Operation("GET", "/v2/video_translate/target_languages", catalogues.list_languages_v2),
        Operation("GET", "/v2/video_translate/{id}", job_views.show_translation_v2),
    ]


def _v3_operations() -> list[Operation]:
    return [
        Operation("POST", "/v3/videos", create.create_v3),
        Operation("GET", "/v3/videos", partial(job_views.list_jobs, kind="video")),
        Operation("GET", "/v3/videos/statuses", job_views.list_statuses),
        Operation("GET", "/v3/videos/{id}", job_views.show_video),
        Operation("DELETE", "/v3/videos/{id}", partial(job_views.delete_job, kind="video")),
        Operation("POST", "/v3/assets", uploads.add_asset_form),
        Operation("POST", "/v3/assets/direct-uploads", uploads.begin_direct_upload),
        Operation("POST", "/v3/assets/{id}/complete", uploads.complete_direct_upload),
        Operation("POST", "/v3/video-translations", create.translate_v3),
        Operation("GET", "/v3/video-translations", partial(job_views.list_jobs, kind="translation")),
        Operation("GET", "/v3/video-translations/languages", catalogues.list_languages_v3),
        Operation("GET", "/v3/video-translations/{id}", job_views.show_translation_v3),
        Operation("DELETE", "/v3/video-translations/{id}", partial(job_views.delete_job, kind="translation")),
        Operation("GET", "/v3/avatars/looks", catalogues.list_looks),
        Operation("GET", "/v3/voices", catalogues.list_voices_v3),
        Operation("GET", "/v3/users/me", catalogues.show_account),
    ]


def _webhook_operations() -> list[Operation]:
    return [
        Operation("POST", "/v3/webhooks/endpoints", webhook_endpoints.add_endpoint),
        Operation("GET", "/v3/webhooks/endpoints", webhook_endpoints.list_endpoints),
        Operation("PATCH", "/v3/webhooks/endpoints/{id}", webhook_endpoints.change_endpoint),
        Operation("DELETE", "/v3/webhooks/endpoints/{id}", webhook_endpoints.delete_endpoint),
        Operation("POST", "/v3/webhooks/endpoints/{id}/rotate-secret", webhook_endpoints.rotate_secret),
        Operation("GET", "/v3/webhooks/event-types", webhook_endpoints.list_event_types),
        Operation("GET", "/v3/webhooks/events", webhook_endpoints.list_events),
        Operation("POST", "/v1/webhook/endpoint.add", webhook_endpoints.add_endpoint_v1),
        Operation("GET", "/v1/webhook/endpoint.list", webhook_endpoints.list_endpoints_v1),
        Operation("PATCH", "/v1/webhook/endpoint.update", webhook_endpoints.change_endpoint),
        Operation("DELETE", "/v1/webhook/endpoint.delete", webhook_endpoints.delete_endpoint),
        Operation("GET", "/v1/webhook/webhook.list", webhook_endpoints.list_event_types_v1),
    ]
