// One image by itself: what is known of it, why it is flagged, and what stands beside it.
const detail = document.getElementById("detail");

function factsOf(image) {
  const facts = data.columns.map((c) => [c.name, named(c.name, image)]).filter(([, value]) => value);
  const [width, height] = data.sizes[image];
  if (width) facts.push(["size", `${width} × ${height} pixels`]);
  const rows = facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  return make("dl", { className: "facts" }, ...rows);
}

function reasonList(image) {
  const items = reasonsOf(image).map(([finding, reason, score]) => make(
    "li", {}, make("b", {}, finding.title), `: ${reason}${score === null ? "" : ` (score ${score})`}`,
  ));
  return items.length ? make("ul", { className: "plain" }, ...items)
    : make("p", { className: "note" }, "No finding flags it.");
}

/** Everything that a finding puts beside an image. */
function companions(image) {
  const all = (flaggedIn.get(image) || []).flatMap(([f, rank]) => data.findings[f].beside[rank]);
  return [...new Set(all)];
}

/** A picture that opens its image when it is pressed. */
function pictureButton(image, className) {
  const said = named("label", image) || "no label";
  const button = make("button", { type: "button", className, title: data.ids[image] }, picture(image));
  button.setAttribute("aria-label", `Open ${data.ids[image]}, labelled ${said}`);
  button.addEventListener("click", () => openDetail(image));
  return button;
}

/** How many a finding puts beside an image that are too many to be shown. */
function nUnseen(image) {
  return (flaggedIn.get(image) || []).reduce((n, [f, rank]) => n + data.findings[f].more[rank], 0);
}

function openDetail(image) {
  const close = make("button", { type: "button", className: "close" }, "Close");
  close.addEventListener("click", () => detail.close());
  const [first] = (flaggedIn.get(image) || []).map(([f, rank]) => [data.findings[f], rank]);
  const others = companions(image).map((other) => make(
    "figure", { className: "tile" }, pictureButton(other, "picture"),
    make("figcaption", {}, named("label", other) || "no label"),
  ));
  const unseen = nUnseen(image);
  const besides = unseen ? `Beside it, and ${unseen.toLocaleString("en")} more that the table names` : "Beside it";
  detail.replaceChildren(
    make("div", { className: "detail-head" }, make("h3", {}, data.ids[image]), close),
    make("div", { className: "detail-body" }, make("div", { className: "large" }, picture(image)), factsOf(image)),
    reasonList(image),
    decisionControl(image, first ? reasonToWrite(...first) : ""),
    ...(others.length ? [make("h3", {}, besides), make("div", { className: "tiles" }, ...others)] : []),
  );
  if (!detail.open) detail.showModal();
  detail.scrollTop = 0;
}

detail.addEventListener("click", (event) => { if (event.target === detail) detail.close(); });
