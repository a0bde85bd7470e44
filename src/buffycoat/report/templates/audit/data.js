// What the page knows: images are numbers from 0, in the order in which their thumbnails lie.
const data = JSON.parse(document.getElementById("audit-data").textContent);
const nImages = data.ids.length;
const numberOf = new Map(data.ids.map((id, image) => [id, image]));

/** The place of each image in each finding that flags it: image -> [[finding, rank], ...]. */
const flaggedIn = new Map();
data.findings.forEach((finding, f) => finding.rows.forEach((image, rank) => {
  if (!flaggedIn.has(image)) flaggedIn.set(image, []);
  flaggedIn.get(image).push([f, rank]);
}));

function column(name) {
  return data.columns.find((c) => c.name === name);
}

/** What a column names an image; an empty text where nothing is known. */
function named(name, image) {
  const found = column(name);
  return found && found.values[image] >= 0 ? found.names[found.values[image]] : "";
}

/** Every reason for which an image is flagged: [finding, reason, score]. */
function reasonsOf(image) {
  return (flaggedIn.get(image) || []).map(([f, rank]) => {
    const finding = data.findings[f];
    return [finding, finding.reasons[rank] || finding.title, finding.scores[rank]];
  });
}

/** An element with its properties and children; text is always text, never HTML. */
function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name.startsWith("aria")) element.setAttribute(`aria-${name.slice(4).toLowerCase()}`, value);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function counted(n, noun) {
  return `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}
