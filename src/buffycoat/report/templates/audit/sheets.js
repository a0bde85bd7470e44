// Thumbnails lie on sheets, which are decoded when one of them is to be seen.
const MAX_SHEETS = 24; // decoded at one time: 4 MiB each
const decoded = new Map(); // sheet -> promise of a bitmap, the longest unused first

const isParsed = new Promise((resolve) => {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", resolve);
  else resolve();
});

async function decode(sheet) {
  // While the page is still being read a sheet may be there in part: not before what follows it.
  if (!document.getElementById(`sheet-${sheet}`)?.nextElementSibling) await isParsed;
  const text = atob(document.getElementById(`sheet-${sheet}`).textContent);
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
}

function bitmapOf(sheet) {
  const found = decoded.get(sheet) || decode(sheet);
  decoded.delete(sheet);
  decoded.set(sheet, found);
  if (decoded.size > MAX_SHEETS) {
    const [oldest, bitmap] = decoded.entries().next().value;
    decoded.delete(oldest);
    // Not at once: whoever asked for it a moment ago may still be about to draw it.
    bitmap.then((b) => setTimeout(() => b.close(), 2000));
  }
  return found;
}

/** Draw the thumbnail of an image into a canvas of the thumbnail's size. */
async function drawThumbnail(canvas, image) {
  const { side, px, places } = data.sheets;
  const place = places[image];
  const within = place % (side * side);
  canvas.dataset.image = image;
  const bitmap = await bitmapOf(Math.floor(place / (side * side)));
  if (canvas.dataset.image !== String(image)) return; // it shows another one by now
  const x = (within % side) * px;
  const y = Math.floor(within / side) * px;
  canvas.getContext("2d").drawImage(bitmap, x, y, px, px, 0, 0, px, px);
}

/** The picture of an image, or why there is none. */
function picture(image) {
  if (data.sheets.places[image] < 0) {
    const why = data.without[image] || "no picture on this page";
    return make("span", { className: "no-picture", title: why }, why);
  }
  const { px } = data.sheets;
  const label = named("label", image) || "no label";
  const canvas = make("canvas", { width: px, height: px, role: "img" });
  canvas.setAttribute("aria-label", `an image labelled ${label}`);
  drawThumbnail(canvas, image);
  return canvas;
}
