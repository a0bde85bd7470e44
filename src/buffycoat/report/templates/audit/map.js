// The map's controls: colours and legend, the pointer, the keyboard and the search.
function startMap(canvas) {
  const view = new MapView(canvas);
  const tip = document.getElementById("map-tip");
  const legend = document.getElementById("map-legend");
  const by = document.getElementById("map-by");
  const ways = colourings();
  ways.forEach(([name], i) => by.append(make("option", { value: i }, name)));

  function key(category, n) {
    const swatch = make("i", {});
    swatch.style.background = category.colour === GREY ? "var(--soft)" : category.colour;
    return make("button", { type: "button" }, swatch, category.name, make("small", {}, n.toLocaleString("en")));
  }
  function recolour(hidden) {
    view.colour(ways[Number(by.value)][1](), hidden);
    const counts = view.categories.map(() => 0);
    view.images.forEach((image) => { counts[view.category[image]] += 1; });
    legend.replaceChildren(...view.categories.map((category, i) => {
      const button = key(category, counts[i]);
      button.hidden = !counts[i];
      const mark = () => button.setAttribute("aria-pressed", String(!view.hidden.has(i)));
      mark();
      button.addEventListener("click", () => {
        if (!view.hidden.delete(i)) view.hidden.add(i);
        mark();
        view.draw();
      });
      return button;
    }));
  }
  by.addEventListener("change", () => recolour());
  document.addEventListener("decided", () => { if (ways[Number(by.value)][0] === "decision") recolour(view.hidden); });

  function select(image) {
    if (image !== view.selected) {
      view.selected = image;
      view.draw();
      if (image >= 0) fillTip(tip, image);
    }
    tip.hidden = image < 0;
    canvas.style.cursor = image < 0 ? "grab" : "pointer";
    if (image >= 0) placeTip(tip, view, image);
  }
  startPointer(canvas, view, select);
  startKeys(canvas, view, select);
  startSearch(view, select);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view.draw());
  recolour();
  new ResizeObserver(() => view.resize()).observe(canvas);
}

function fillTip(tip, image) {
  const reasons = reasonsOf(image).slice(0, 4).map(([finding, reason]) => make("p", { className: "reason" }, `${finding.title}: ${reason}`));
  const facts = ["split", "source", "excluded because"].map((name) => named(name, image)).filter(Boolean);
  tip.replaceChildren(
    picture(image),
    make("div", {}, make("p", {}, make("b", {}, named("label", image) || "no label")),
      make("p", { className: "file" }, data.ids[image]), make("p", { className: "file" }, facts.join(" · ")), ...reasons),
  );
}

/** Beside the image, on the side where there is more room. */
function placeTip(tip, view, image) {
  const [x, y] = view.toScreen(image);
  const isRight = x > view.width / 2;
  tip.style.left = isRight ? "auto" : `${x + 14}px`;
  tip.style.right = isRight ? `${view.width - x + 14}px` : "auto";
  tip.style.top = `${Math.max(0, Math.min(view.height - tip.offsetHeight, y - 30))}px`;
}

function startPointer(canvas, view, select) {
  let from = null;
  let moved = 0;
  const at = (event) => view.nearest(event.offsetX, event.offsetY, event.pointerType === "mouse" ? 12 : 22);
  canvas.addEventListener("pointerdown", (event) => {
    from = [event.offsetX, event.offsetY];
    moved = 0;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!from) { select(at(event)); return; }
    const [dx, dy] = [event.offsetX - from[0], event.offsetY - from[1]];
    moved += Math.abs(dx) + Math.abs(dy);
    from = [event.offsetX, event.offsetY];
    view.moveBy(dx, dy);
    if (moved > 4) select(-1);
  });
  canvas.addEventListener("pointerup", (event) => {
    from = null;
    const image = at(event);
    if (moved <= 4) select(image);
    if (moved <= 4 && image >= 0) openDetail(image);
  });
  canvas.addEventListener("pointercancel", () => { from = null; });
  canvas.addEventListener("pointerleave", () => { if (!from) select(-1); });
  canvas.addEventListener("wheel", (event) => {
    if (event.deltaY > 0 && view.zoom === 1) return; // nothing to zoom out of: the page scrolls on
    event.preventDefault();
    view.zoomAt(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 240), event.offsetX, event.offsetY);
    select(-1);
  }, { passive: false });
  const step = (factor) => () => { view.zoomAt(factor, view.width / 2, view.height / 2); select(-1); };
  document.getElementById("map-in").addEventListener("click", step(1.6));
  document.getElementById("map-out").addEventListener("click", step(1 / 1.6));
  document.getElementById("map-all").addEventListener("click", () => { view.reset(); select(-1); });
}

function startKeys(canvas, view, select) {
  const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  canvas.addEventListener("keydown", (event) => {
    const [x, y] = [view.width / 2, view.height / 2];
    if (event.key === "Enter" && view.selected >= 0) openDetail(view.selected);
    else if (event.key === "+" || event.key === "=") view.zoomAt(1.6, x, y);
    else if (event.key === "-") view.zoomAt(1 / 1.6, x, y);
    else if (event.key === "0") view.reset();
    else if (moves[event.key]) view.moveBy(...moves[event.key]);
    else return;
    event.preventDefault();
    select(view.nearest(x, y, view.side));
  });
}

function startSearch(view, select) {
  const input = document.getElementById("map-find");
  input.addEventListener("change", () => {
    const wanted = input.value.trim().toLowerCase();
    const image = wanted ? view.images.find((i) => data.ids[i].toLowerCase().includes(wanted)) : undefined;
    input.setCustomValidity(wanted && image === undefined ? "no image on the map is called so" : "");
    input.reportValidity();
    if (image === undefined) return;
    view.zoom = Math.max(view.zoom, 6);
    view.moveTo(view.x[image], view.y[image]);
    select(image);
  });
}

if (document.getElementById("map-canvas")) startMap(document.getElementById("map-canvas"));
