"""Films of many scenes, one after another: each with its background, its speaker and what is heard."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from adapters.sandbox.render import backdrops, captions, pictures
from adapters.sandbox.render.audio.speech_track import SPEECH_FPS, SpeechTrack, silent_track, speech_track
from adapters.sandbox.render.captions import TimedCaption
from adapters.sandbox.render.encode import Film
from adapters.sandbox.render.face.pose import HeadMotion
from adapters.sandbox.render.order import MAX_VIDEO_SECONDS, RenderFailed, RenderOrder, RenderScene
from adapters.sandbox.render.speaker_layer import speaker_layer
from adapters.sandbox.render.yuv_planes import Size, YuvPlanes, blend_overlays, even_size

_DEFAULT_FRAME_SIZE = (1280, 720)
_MAX_SIDE_PIXELS = 1920


def storyboard_film(order: RenderOrder) -> Film:
    if not order.scenes:
        raise RenderFailed("UnknownError", "there are no scenes")
    width, height = order.size or _DEFAULT_FRAME_SIZE
    scale = min(1.0, _MAX_SIDE_PIXELS / max(width, height))
    size = even_size(width * scale), even_size(height * scale)
    spoken_scenes = _cut_to_limit([(scene, _scene_speech(scene, order)) for scene in order.scenes])
    samples = np.concatenate([said.samples for _, said in spoken_scenes])
    lines = _all_captions([said for _, said in spoken_scenes])
    frames = _storyboard_frames(order, size, spoken_scenes)
    if order.burn_captions:
        frames = captions.burn_captions(frames, size, SPEECH_FPS, lines)
    return Film(size, SPEECH_FPS, frames, samples, lines if order.subtitles else [])


def _scene_speech(scene: RenderScene, order: RenderOrder) -> SpeechTrack:
    moods = ((0, "happy", 1.0),) if scene.happy else ()
    alone = RenderOrder(
        "talk", order.out, text=scene.text, sound=scene.sound, voice=scene.voice, family=scene.family, expressions=moods
    )
    return silent_track(alone, scene.silence) if scene.silence else speech_track(alone)


def _cut_to_limit(spoken_scenes: list[tuple[RenderScene, SpeechTrack]]) -> list[tuple[RenderScene, SpeechTrack]]:
    """As many scenes as fit into the longest film; what is cut is the end."""
    kept_scenes: list[tuple[RenderScene, SpeechTrack]] = []
    left = round(MAX_VIDEO_SECONDS * SPEECH_FPS)
    for scene, track in spoken_scenes:
        if left <= 0:
            break
        kept_scenes.append((scene, _cut_track(track, left)))
        left -= track.motion.frames
    return kept_scenes


def _cut_track(track: SpeechTrack, max_frames: int) -> SpeechTrack:
    frames = track.motion.frames
    if frames <= max_frames:
        return track
    return replace(
        track,
        samples=track.samples[: max_frames * len(track.samples) // frames],
        motion=HeadMotion(track.motion.curves, max_frames),
    )


def _all_captions(tracks: list[SpeechTrack]) -> list[TimedCaption]:
    """The captions of all scenes, at the times of the whole."""
    found: list[TimedCaption] = []
    at = 0.0
    for track in tracks:
        found += [TimedCaption(each.start + at, each.end + at, each.text) for each in track.captions]
        at += track.motion.frames / SPEECH_FPS
    return found


def _storyboard_frames(
    order: RenderOrder, size: Size, spoken_scenes: list[tuple[RenderScene, SpeechTrack]]
) -> Iterator[YuvPlanes]:
    overlays = pictures.order_overlays(order, size)
    for scene, track in spoken_scenes:
        draw = speaker_layer(scene, size, track.motion)
        behind = backdrops.moving_background(scene, size, track.motion.frames)
        for index in range(track.motion.frames):
            whole = next(behind).copy()
            draw(whole, index)
            blend_overlays(whole, overlays)
            yield whole
