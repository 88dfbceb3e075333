// Checks of a page, each an expression that gives a list of what is wrong.
({
  // Names as assistive technology computes them, for everything that can be focused or operated; words for every
  // picture; ids that are there, once.
  nameless: () => {
  const named = (each) => {
    const ids = each.getAttribute("aria-labelledby");
    if (ids) return ids.split(" ").map((id) => document.getElementById(id)?.textContent || "").join("").trim();
    return (each.getAttribute("aria-label") || [...(each.labels || [])].map((label) => label.textContent).join("")
      || each.textContent || each.title || "").trim();
  };
  const all = document.querySelectorAll("button, a[href], input, select, textarea, video, audio, progress, [role=region], nav, dialog");
  const bad = [...all].filter((each) => each.checkVisibility() && !named(each)).map((each) => each.outerHTML.slice(0, 120));
  const images = [...document.images].filter((each) => !each.hasAttribute("alt")).map((each) => each.src);
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  const twice = ids.filter((id, nth) => ids.indexOf(id) !== nth);
  const dangling = [...document.querySelectorAll("[aria-controls], [aria-describedby], [aria-labelledby]")].flatMap((each) =>
    ["aria-controls", "aria-describedby", "aria-labelledby"].flatMap((name) => (each.getAttribute(name) || "").split(" ").filter((id) => id && !document.getElementById(id))));
  return [...bad, ...images, ...twice, ...dangling];
},

  // The contrast of every visible word with what lies behind it, as WCAG 2 computes it, and of the edge of every bar.
  pale: () => {
  const rgb = (css) => {
    const m = css.match(/[\d.]+/g).map(Number);
    const unit = css.startsWith("color(") ? 255 : 1;
    return [m[0] * unit, m[1] * unit, m[2] * unit, m[3] ?? 1];
  };
  const light = ([r, g, b]) => {
    const part = (c) => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (each) => {
    const layers = [];
    for (let at = each; at; at = at.parentElement) layers.push(rgb(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, [r, g, b, a]) => [r, g, b].map((c, n) => c * a + under[n] * (1 - a)), [255, 255, 255]);
  };
  const contrast = (colour, ground) => {
    const [one, two] = [light(rgb(colour)), light(ground)].sort((a, b) => b - a);
    return (one + 0.05) / (two + 0.05);
  };
  const bad = [];
  for (const each of document.querySelectorAll("body *")) {
    const words = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!words || !each.checkVisibility({ opacityProperty: true }) || each.closest("[aria-disabled=true], :disabled, .unseen, svg, video")) continue;
    if (/^[\p{Emoji}\s\d]+$/u.test(each.textContent)) continue;
    const found = contrast(getComputedStyle(each).color, behind(each));
    if (found < 4.5) bad.push(`${found.toFixed(2)} ${each.className} “${each.textContent.slice(0, 30)}”`);
  }
  for (const each of document.querySelectorAll("progress")) {
    const found = contrast(getComputedStyle(each).borderTopColor, behind(each.parentElement));
    if (each.checkVisibility() && (found < 3 || getComputedStyle(each).borderTopWidth === "0px")) bad.push(`${found.toFixed(2)} edge of a bar`);
  }
  return bad;
},
})
