"""HeyGen's twin as the sandbox holds it: its paths, its renders, its hooks."""

from collections.abc import Sequence
from functools import partial

from starlette.routing import Route

from adapters.sandbox.door import Operation, doors
from adapters.sandbox.heygen import catalogues, creating, endpoints, showing, templates, uploads
from adapters.sandbox.heygen.manners import HeygenManners
from adapters.sandbox.heygen.orders import order_of
from adapters.sandbox.house import House, Letter
from adapters.sandbox.jobs import Job
from adapters.sandbox.render.order import Order
from adapters.sandbox.renderer import Renderer


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
        return await endpoints.letters(job, house, forged=forged)


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
        Operation("GET", "/v1/video_status.get", showing.video_status),
        Operation("GET", "/v1/video.list", showing.video_list),
        Operation("DELETE", "/v1/video.delete", showing.video_delete),
    ]


def _second() -> list[Operation]:
    return [
        Operation("POST", "/v2/video/generate", creating.generate),
        Operation("GET", "/v2/avatars", catalogues.avatars),
        Operation("GET", "/v2/voices", catalogues.voices_old),
        Operation("GET", "/v2/templates", templates.listed),
        Operation("GET", "/v2/template/{id}", templates.shown),
        Operation("POST", "/v2/template/{id}/generate", templates.generate),
        Operation("GET", "/v2/user/remaining_quota", catalogues.quota),
        Operation("DELETE", "/v2/talking_photo/{id}", uploads.drop_photo),
        Operation("POST", "/v2/video_translate", creating.translate),
        Operation("GET", "/v2/video_translate/target_languages", catalogues.languages_old),
        Operation("GET", "/v2/video_translate/{id}", showing.translation_old),
    ]


def _third() -> list[Operation]:
    return [
        Operation("POST", "/v3/videos", creating.make),
        Operation("GET", "/v3/videos", partial(showing.search, kind="video")),
        Operation("GET", "/v3/videos/statuses", showing.statuses),
        Operation("GET", "/v3/videos/{id}", showing.show),
        Operation("DELETE", "/v3/videos/{id}", partial(showing.remove, kind="video")),
        Operation("POST", "/v3/assets", uploads.add_form),
        Operation("POST", "/v3/assets/direct-uploads", uploads.begin_direct),
        Operation("POST", "/v3/assets/{id}/complete", uploads.end_direct),
        Operation("POST", "/v3/video-translations", creating.translate_all),
        Operation("GET", "/v3/video-translations", partial(showing.search, kind="translation")),
        Operation("GET", "/v3/video-translations/languages", catalogues.languages),
        Operation("GET", "/v3/video-translations/{id}", showing.translation),
        Operation("DELETE", "/v3/video-translations/{id}", partial(showing.remove, kind="translation")),
        Operation("GET", "/v3/avatars/looks", catalogues.looks),
        Operation("GET", "/v3/voices", catalogues.voices),
        Operation("GET", "/v3/users/me", catalogues.account),
    ]


def _webhooks() -> list[Operation]:
    return [
        Operation("POST", "/v3/webhooks/endpoints", endpoints.add),
        Operation("GET", "/v3/webhooks/endpoints", endpoints.listed),
        Operation("PATCH", "/v3/webhooks/endpoints/{id}", endpoints.change),
        Operation("DELETE", "/v3/webhooks/endpoints/{id}", endpoints.drop),
        Operation("POST", "/v3/webhooks/endpoints/{id}/rotate-secret", endpoints.rotate),
        Operation("GET", "/v3/webhooks/event-types", endpoints.types),
        Operation("GET", "/v3/webhooks/events", endpoints.events),
        Operation("POST", "/v1/webhook/endpoint.add", endpoints.add_old),
        Operation("GET", "/v1/webhook/endpoint.list", endpoints.listed_old),
        Operation("PATCH", "/v1/webhook/endpoint.update", endpoints.change),
        Operation("DELETE", "/v1/webhook/endpoint.delete", endpoints.drop),
        Operation("GET", "/v1/webhook/webhook.list", endpoints.types_old),
    ]
