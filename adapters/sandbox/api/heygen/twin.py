"""HeyGen's twin as the sandbox holds it: its paths, its renders, its hooks."""

from collections.abc import Sequence
from functools import partial

from starlette.routing import Route

from adapters.sandbox.api.heygen import catalogues, create, job_views, templates, uploads, webhook_endpoints
from adapters.sandbox.api.heygen.auth_and_errors import HeygenManners
from adapters.sandbox.api.heygen.render_orders import order_of
from adapters.sandbox.context import House, Letter
from adapters.sandbox.render.order import Order
from adapters.sandbox.renderer import Renderer
from adapters.sandbox.request_pipeline import Operation, doors
from adapters.sandbox.store.jobs import Job


class HeygenTwin:
    """Everything of the sandbox that is HeyGen's."""

    def __init__(self, house: House, renderer: Renderer) -> None:
        self._house = house
        self._renderer = renderer

    def routes(self) -> list[Route]:
        """All of HeyGen's paths in all generations, fixed ones before those with an id."""
        mine = [*_first(), *_second(), *_third(), *_webhooks(), *self._own()]
        dialects = self._house.terms.heygen
        served = [each for each in mine if _served(each.path, dialects)]
        return doors(self._house, served, HeygenManners())

    def _own(self) -> list[Operation]:
        sample = partial(catalogues.sample, renderer=self._renderer)
        return [
            Operation("GET", "/sandbox/heygen/voices/{id}.wav", sample, open=True),
            Operation("GET", "/sandbox/heygen/assets/{id}/{name}", uploads.serve, open=True),
            Operation("PUT", "/sandbox/heygen/direct/{id}/{name}", uploads.pour_direct, open=True),
        ]

    async def order(self, job: Job, house: House) -> Order:
        """What to render for a job."""
        return order_of(job, house)

    async def letters(self, job: Job, house: House, *, forged: bool) -> Sequence[Letter]:
        """What to send at the end of a job."""
        return await webhook_endpoints.letters(job, house, forged=forged)


def _served(path: str, dialects: str) -> bool:
    """Some accounts are served in one dialect only; what lies elsewhere is a path that does not exist."""
    generation = path[1:3]
    if dialects == "v3":
        return generation not in ("v1", "v2")
    return not (dialects == "v2" and generation == "v3")


def _first() -> list[Operation]:
    return [
        Operation("POST", "/v1/asset", uploads.add_asset),
        Operation("POST", "/v1/talking_photo", uploads.add_photo),
        Operation("GET", "/v1/video_status.get", job_views.video_status),
        Operation("GET", "/v1/video.list", job_views.video_list),
        Operation("DELETE", "/v1/video.delete", job_views.video_delete),
    ]


def _second() -> list[Operation]:
    return [
        Operation("POST", "/v2/video/generate", create.generate),
        Operation("GET", "/v2/avatars", catalogues.avatars),
        Operation("GET", "/v2/voices", catalogues.voices_old),
        Operation("GET", "/v2/templates", templates.listed),
        Operation("GET", "/v2/template/{id}", templates.shown),
        Operation("POST", "/v2/template/{id}/generate", templates.generate),
        Operation("GET", "/v2/user/remaining_quota", catalogues.quota),
        Operation("DELETE", "/v2/talking_photo/{id}", uploads.drop_photo),
        Operation("POST", "/v2/video_translate", create.translate),
        Operation("GET", "/v2/video_translate/target_languages", catalogues.languages_old),
        Operation("GET", "/v2/video_translate/{id}", job_views.translation_old),
    ]


def _third() -> list[Operation]:
    return [
        Operation("POST", "/v3/videos", create.make),
        Operation("GET", "/v3/videos", partial(job_views.search, kind="video")),
        Operation("GET", "/v3/videos/statuses", job_views.statuses),
        Operation("GET", "/v3/videos/{id}", job_views.show),
        Operation("DELETE", "/v3/videos/{id}", partial(job_views.remove, kind="video")),
        Operation("POST", "/v3/assets", uploads.add_form),
        Operation("POST", "/v3/assets/direct-uploads", uploads.begin_direct),
        Operation("POST", "/v3/assets/{id}/complete", uploads.end_direct),
        Operation("POST", "/v3/video-translations", create.translate_all),
        Operation("GET", "/v3/video-translations", partial(job_views.search, kind="translation")),
        Operation("GET", "/v3/video-translations/languages", catalogues.languages),
        Operation("GET", "/v3/video-translations/{id}", job_views.translation),
        Operation("DELETE", "/v3/video-translations/{id}", partial(job_views.remove, kind="translation")),
        Operation("GET", "/v3/avatars/looks", catalogues.looks),
        Operation("GET", "/v3/voices", catalogues.voices),
        Operation("GET", "/v3/users/me", catalogues.account),
    ]


def _webhooks() -> list[Operation]:
    return [
        Operation("POST", "/v3/webhooks/webhook_endpoints", webhook_endpoints.add),
        Operation("GET", "/v3/webhooks/webhook_endpoints", webhook_endpoints.listed),
        Operation("PATCH", "/v3/webhooks/webhook_endpoints/{id}", webhook_endpoints.change),
        Operation("DELETE", "/v3/webhooks/webhook_endpoints/{id}", webhook_endpoints.drop),
        Operation("POST", "/v3/webhooks/webhook_endpoints/{id}/rotate-secret", webhook_endpoints.rotate),
        Operation("GET", "/v3/webhooks/event-types", webhook_endpoints.types),
        Operation("GET", "/v3/webhooks/events", webhook_endpoints.events),
        Operation("POST", "/v1/webhook/endpoint.add", webhook_endpoints.add_old),
        Operation("GET", "/v1/webhook/endpoint.list", webhook_endpoints.listed_old),
        Operation("PATCH", "/v1/webhook/endpoint.update", webhook_endpoints.change),
        Operation("DELETE", "/v1/webhook/endpoint.delete", webhook_endpoints.drop),
        Operation("GET", "/v1/webhook/webhook.list", webhook_endpoints.types_old),
    ]
