// The flagged images of a finding, the worst first, so many at a time.
const PER_VIEW = 24;
const MAX_BESIDE_TILE = 2;

function tile(finding, rank) {
  const image = finding.rows[rank];
  const beside = finding.beside[rank].slice(0, MAX_BESIDE_TILE);
  const more = finding.beside[rank].length + finding.more[rank] - beside.length;
  const pictures = make("div", { className: "pictures" }, shown(image, "picture", image));
  for (const other of beside) pictures.append(shown(other, "picture beside", image));
  if (more) pictures.append(moreButton(image, more));
  const score = finding.scores[rank];
  const caption = make(
    "figcaption", {},
    make("span", { className: "file", title: data.ids[image] }, data.ids[image]),
    make("span", { className: "reason" }, finding.reasons[rank]),
    make("span", { className: "sure" }, score === null ? "" : `score ${score}`),
  );
  const control = decisionControl(image, reasonToWrite(finding, rank));
  return make("figure", { className: "tile audited" }, pictures, caption, control);
}

/** What stands in the reason field at first, and in the CSV. */
function reasonToWrite(finding, rank) {
  return [finding.title, finding.reasons[rank]].filter(Boolean).join(": ");
}

function moreButton(image, n) {
  const button = make("button", { type: "button" }, `and ${n.toLocaleString("en")} more`);
  button.addEventListener("click", () => openDetail(image));
  return button;
}

/** A picture with its label; one that differs from the first picture's label stands out. */
function shown(image, className, first) {
  const label = named("label", image) || "no label";
  const differs = label !== (named("label", first) || "no label");
  const said = make("span", { className: differs ? "label answer" : "label" }, label);
  return make("span", { className: "shown" }, pictureButton(image, className), said);
}

class Gallery {
  constructor(element) {
    this.finding = data.findings[Number(element.dataset.finding)];
    this.start = 0;
    this.tiles = make("div", { className: "tiles" });
    this.place = make("span", { className: "place", role: "status" });
    this.buttons = ["first", "previous", "next", "last"].map((name) => {
      const button = make("button", { type: "button" }, name);
      button.addEventListener("click", () => this.go(name));
      return button;
    });
    this.labels = this.labelChoice();
    const paging = make("span", { className: "paging" }, ...this.buttons);
    element.append(make("div", { className: "gallery-tools" }, this.place, paging, this.labels, this.forAll()), this.tiles);
    this.choose();
  }

  labelChoice() {
    const counts = new Map();
    for (const image of this.finding.rows) {
      const label = named("label", image);
      counts.set(label, (counts.get(label) || 0) + 1);
    }
    const choice = make("select", { ariaLabel: "label" }, make("option", { value: "all" }, "all labels"));
    [...counts].sort().forEach(([label, n]) => {
      choice.append(make("option", { value: `=${label}` }, `${label || "no label"} (${n.toLocaleString("en")})`));
    });
    choice.addEventListener("change", () => this.choose());
    choice.hidden = counts.size < 2;
    return choice;
  }

  /** Buttons that decide on all images of the finding; what was decided before stays. */
  forAll() {
    const { rows } = this.finding;
    const n = rows.length.toLocaleString("en");
    const buttons = [this.button(`exclude all ${n}`, "Images that are decided on already stay as they are", () => this.decideAll("exclude"))];
    if (rows.every(suggestedClass)) {
      buttons.push(this.button("relabel as suggested", "Images that are decided on already stay as they are", () => this.decideAll("relabel")));
    }
    buttons.push(this.button("take back", "Take back every decision on the images of this finding", () => {
      rows.forEach((image) => decisions.delete(data.ids[image]));
      announce();
    }));
    return make("span", { className: "for-all" }, ...buttons);
  }

  button(text, title, act) {
    const button = make("button", { type: "button", title }, text);
    button.addEventListener("click", act);
    return button;
  }

  decideAll(decision) {
    this.finding.rows.forEach((image, rank) => {
      const label = decision === "relabel" ? suggestedClass(image) : "";
      const reason = reasonToWrite(this.finding, rank);
      if (!decisionOf(image)) decisions.set(data.ids[image], { decision, label, reason });
    });
    announce();
  }

  choose() {
    const label = this.labels.value;
    const ranks = this.finding.rows.map((_, rank) => rank);
    this.ranks = label === "all" ? ranks
      : ranks.filter((rank) => `=${named("label", this.finding.rows[rank])}` === label);
    this.start = 0;
    this.show();
  }

  go(where) {
    const last = Math.floor((this.ranks.length - 1) / PER_VIEW) * PER_VIEW;
    const to = { first: 0, previous: this.start - PER_VIEW, next: this.start + PER_VIEW, last }[where];
    this.start = Math.max(0, Math.min(last, to));
    this.show();
  }

  show() {
    const end = Math.min(this.start + PER_VIEW, this.ranks.length);
    this.place.textContent = `${(this.start + 1).toLocaleString("en")} to ${end.toLocaleString("en")} of ${counted(this.ranks.length, "image")}`;
    this.buttons.forEach((button, i) => {
      button.disabled = i < 2 ? this.start === 0 : end === this.ranks.length;
      button.hidden = this.ranks.length <= PER_VIEW;
    });
    const ranks = this.ranks.slice(this.start, end);
    this.tiles.replaceChildren(...ranks.map((rank) => tile(this.finding, rank)));
    this.tiles.classList.toggle("with-others", ranks.some((rank) => this.finding.beside[rank].length));
  }
}

const unseen = new Set(document.querySelectorAll(".gallery"));
function unfold(element) {
  if (unseen.delete(element)) element.gallery = new Gallery(element);
}
const watch = new IntersectionObserver((entries) => {
  entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
    watch.unobserve(entry.target);
    unfold(entry.target);
  });
}, { rootMargin: "600px" });
unseen.forEach((element) => watch.observe(element));
addEventListener("beforeprint", () => [...unseen].forEach(unfold));
