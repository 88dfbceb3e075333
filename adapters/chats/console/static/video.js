// Videos, sounds and other files; a video is loaded only when it scrolls into view.

import { fileUrl } from "./api.js";
import { el, icon } from "./dom.js";
import { size } from "./time.js";

const SEEK_SECONDS = 5;
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    target.src = target.dataset.src;
  }
}, { rootMargin: "300px" });

export function videoView(video) {
  const label = video.alt_text || video.name;
  const player = el("video", { controls: true, preload: "metadata", playsInline: true, class: "video", "aria-label": label, data: { src: fileUrl(video.key) } });
  if (video.captions) {
    const shown = !video.captions_in_picture;
    player.append(el("track", { kind: "captions", label: "Captions", srclang: video.language, src: fileUrl(video.captions, "captions"), default: shown }));
  } else if (video.words) {
    player.addEventListener("loadedmetadata", () => addWords(player, video), { once: true });
  }
  player.addEventListener("loadedmetadata", () => {
    if (player.videoWidth) player.style.aspectRatio = `${player.videoWidth} / ${player.videoHeight}`;
  });
  player.addEventListener("error", () => player.replaceWith(el("p", { class: "muted gone-file" }, "This video is no longer available.")));
  watcher.observe(player);
  return playable("video-box", label, player, el("figcaption", {}, el("span", {}, label), download(video)));
}

// A browser's player has eight stops for Tab. Here it has one; Enter leads to its own buttons.
function playable(class_, label, player, caption) {
  const keys = {
    " ": () => (player.paused ? player.play().catch(() => {}) : player.pause()),
    ArrowLeft: () => (player.currentTime -= SEEK_SECONDS),
    ArrowRight: () => (player.currentTime += SEEK_SECONDS),
    Enter: () => ((player.tabIndex = 0), player.focus()),
  };
  player.tabIndex = -1;
  player.addEventListener("blur", () => (player.tabIndex = -1));
  const hint = el("p", { class: "keys hint" }, "Space to play, ← → to seek, Enter for all controls");
  const box = el("figure", { class: class_, tabindex: "0", "aria-label": label }, player, hint, caption);
  box.addEventListener("keydown", (event) => {
    if (event.target !== box || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  return box;
}

// Captions of a video that came without: its words are known, and each sentence takes its share of the time.
function addWords(player, { words, language }) {
  const track = player.addTextTrack("captions", "Captions", language);
  const sentences = words.match(/[^.!?…。！？\n]+[.!?…。！？]*/g)?.map((each) => each.trim()).filter(Boolean) || [words];
  const letters = sentences.reduce((sum, each) => sum + each.length, 0);
  let from = 0;
  for (const each of sentences) {
    const until = from + (player.duration * each.length) / letters;
    track.addCue(new VTTCue(from, until, each));
    from = until;
  }
}

function download(file) {
  return el("a", { class: "download", href: `${fileUrl(file.key)}?download`, download: file.name, "aria-label": `Download ${file.name}` },
    icon("down"), " Download");
}

export function fileView(file) {
  const shown = file.type.split("/")[0];
  const src = fileUrl(file.key);
  if (shown === "image") {
    return el("a", { class: "picture", href: src, target: "_blank", rel: "noopener", "aria-label": `Open ${file.name}` },
      el("img", { src, alt: `Picture: ${file.name}`, loading: "lazy", onerror: (event) => gone(event.target, file) }));
  }
  if (shown === "audio") return playable("sound", `Sound: ${file.name}`, el("audio", { controls: true, preload: "metadata", src, "aria-label": `Sound: ${file.name}` }), el("figcaption", {}, file.name));
  if (shown === "video") return videoView({ key: file.key, name: file.name, alt_text: `Video: ${file.name}` });
  return el("p", { class: "file" }, icon("clip"), el("span", {}, `${file.name} (${size(file.size)})`), download(file));
}

// The picture was deleted, or its format is one that browsers do not show.
function gone(image, file) {
  image.replaceWith(el("span", { class: "file" }, `${file.name} cannot be shown.`));
}
