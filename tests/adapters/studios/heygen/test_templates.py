"""Templates of the account, filled from chat."""

import pytest

from bot.errors import Refused
from bot.requests.media import Media, MediaKind
from bot.requests.template import Template
from tests.fakes.vendors.heygen_harness import HeygenHarness

LOGO = Media(kind=MediaKind.PICTURE, address="shelf:l", name="logo.png")


async def test_every_kind_of_variable_is_filled(bench: HeygenHarness) -> None:
    """Words, a voice and an avatar by name, a file that was attached and one by link; v2 alone has templates."""
    fill = ("name=Ana", "tone=Joanna", "host=Grandpa", "logo=logo.png", "clip=https://example.com/c.mp4")
    asked = Template(template="launch", fill=fill, image=LOGO, dimension="1280x720", captions=True, set=("fps=30",))
    job = await bench.submitted_job(asked)
    assert bench.server.paid_calls()[-1].path == "/v2/template/t1/generate"
    assert bench.server.paid_calls()[-1].body == {
        "title": job.marker,
        "caption": True,
        "dimension": {"width": 1280, "height": 720},
        "callback_id": job.marker,
        "callback_url": f"https://bot.example.invalid/hooks/heygen/{job.id}",
        "fps": 30.0,
        "variables": {
            "name": {"name": "name", "type": "text", "properties": {"content": "Ana"}},
            "tone": {"name": "tone", "type": "voice", "properties": {"voice_id": "v-jo"}},
            "host": {
                "name": "host",
                "type": "character",
                "properties": {"character_id": "tp_1", "type": "talking_photo"},
            },
            "logo": {"name": "logo", "type": "image", "properties": {"asset_id": job.uploads["image"]}},
            "clip": {"name": "clip", "type": "video", "properties": {"url": "https://example.com/c.mp4"}},
        },
    }


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Template(template="Lunch"), "No HeyGen template is called “Lunch”. Did you mean Launch"),
        (Template(template="Launch"), "needs text for name: --fill"),
        (Template(template="Launch", fill=("name=Ana", "slogn=Up")), "no variable “slogn”. Did you mean slogan"),
        (Template(template="Launch", fill=("name=Ana", "tone=Joana")), "No HeyGen voice is called “Joana”"),
        (Template(template="Launch", fill=("name=Ana", "logo=mine.png")), "none was attached"),
    ],
)
async def test_a_variable_that_cannot_be_filled_is_refused_beforehand(
    bench: HeygenHarness, asked: Template, words: str
) -> None:
    """With the names the template has; nothing is spent."""
    with pytest.raises(Refused, match=words):
        await bench.studio.check_names(asked)
    assert not bench.server.paid_calls()


async def test_without_v2_there_are_no_templates(third: HeygenHarness, bench: HeygenHarness) -> None:
    """Said before anything is sent, or when it turns out."""
    asked = Template(template="Launch", fill=("name=Ana",))
    with pytest.raises(Refused, match="need HeyGen's v2"):
        third.studio.check(asked)
    job = await bench.prepared_job(asked)
    bench.server.close_versions("/v2/template/")
    with pytest.raises(Refused, match="no longer serves a template"):
        await bench.studio.submit(job)
    assert not await bench.server.list_jobs()


def test_a_file_that_no_variable_uses_is_told() -> None:
    """Rather than left out without a word."""
    with pytest.raises(Refused, match="No variable uses logo"):
        Template(template="Launch", fill=("name=Ana",), image=LOGO)


async def test_a_template_whose_answer_was_lost_is_found_again(bench: HeygenHarness) -> None:
    """By its callback id, like everything of v2."""
    job = await bench.prepared_job(Template(template="Launch", fill=("name=Ana",)))
    bench.server.fail_next("POST", "/v2/template/t1/generate", still_processed=True, hangs_up=True)
    with pytest.raises(Exception, match="certain whether"):
        await bench.studio.submit(job)
    assert await bench.studio.recover(job) == f"v2/video/{(await bench.server.list_jobs())[0].id}"
