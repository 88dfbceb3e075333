// A finished video, with its captions; it is fetched only when it comes into view.

import { fileUrl } from "./api.js";
import { h, icon } from "./dom.js";
import { size } from "./time.js";

const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    target.src = target.dataset.src;
  }
}, { rootMargin: "300px" });

export function filmView(film) {
  const video = h("video", { controls: true, preload: "metadata", playsInline: true, class: "film", "aria-label": film.alt || film.name,
    data: { src: fileUrl(film.key) } });
  if (film.captions) {
    video.append(h("track", { kind: "captions", label: "Captions", src: fileUrl(film.captions, "captions"), default: true }));
  }
  video.addEventListener("loadedmetadata", () => {
    if (video.videoWidth) video.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
  });
  video.addEventListener("error", () => video.replaceWith(h("p", { class: "muted gone-file" }, "This video is no longer kept here.")));
  watcher.observe(video);
  return h("figure", { class: "film-box" }, video,
    h("figcaption", {}, h("span", {}, film.alt || film.name), download(film)));
}

function download(file) {
  return h("a", { class: "download", href: `${fileUrl(file.key)}?download`, download: file.name, "aria-label": `Download ${file.name}` },
    icon("down"), " Download");
}

export function fileView(file) {
  const shown = file.type.split("/")[0];
  const src = fileUrl(file.key);
  if (shown === "image") {
    return h("a", { class: "picture", href: src, target: "_blank", rel: "noopener", "aria-label": `Open ${file.name}` },
      h("img", { src, alt: `Picture: ${file.name}`, loading: "lazy", onerror: (event) => gone(event.target, file) }));
  }
  if (shown === "audio") return h("figure", { class: "sound" }, h("audio", { controls: true, preload: "metadata", src, "aria-label": `Sound: ${file.name}` }), h("figcaption", {}, file.name));
  if (shown === "video") return filmView({ key: file.key, name: file.name, alt: `Video: ${file.name}` });
  return h("p", { class: "file" }, icon("clip"), h("span", {}, `${file.name} (${size(file.size)})`), download(file));
}

// Files are kept for a while only; a picture that is gone says so, or is of a kind that no browser shows.
function gone(image, file) {
  image.replaceWith(h("span", { class: "file" }, `${file.name} cannot be shown here any more.`));
}
