// Videos and other files; a video is loaded only when it scrolls into view.

import { fileUrl } from "./api.js";
import { el, icon } from "./dom.js";
import { size } from "./time.js";

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
  return el("figure", { class: "video-box" }, player, el("figcaption", {}, el("span", {}, label), download(video)));
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
  if (shown === "audio") return el("figure", { class: "sound" }, el("audio", { controls: true, preload: "metadata", src, "aria-label": `Sound: ${file.name}` }), el("figcaption", {}, file.name));
  if (shown === "video") return videoView({ key: file.key, name: file.name, alt_text: `Video: ${file.name}` });
  return el("p", { class: "file" }, icon("clip"), el("span", {}, `${file.name} (${size(file.size)})`), download(file));
}

// The picture was deleted, or its format is one that browsers do not show.
function gone(image, file) {
  image.replaceWith(el("span", { class: "file" }, `${file.name} cannot be shown.`));
}
