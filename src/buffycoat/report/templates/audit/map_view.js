// The map's canvas: where each image lies on it, which one lies at a place, and how it is drawn.
const N_CELLS = 100; // a side of the grid that finds the image at a place
const MAX_ZOOM = 80;

class MapView {
  constructor(canvas) {
    this.canvas = canvas;
    const [xs, ys] = data.map;
    this.x = Float32Array.from(xs, (v) => v / 9999);
    this.y = Float32Array.from(ys, (v) => 1 - v / 9999);
    this.images = xs.map((_, image) => image).filter((image) => xs[image] >= 0);
    this.cells = new Map();
    for (const image of this.images) {
      const cell = this.cellAt(this.x[image]) * N_CELLS + this.cellAt(this.y[image]);
      if (!this.cells.has(cell)) this.cells.set(cell, []);
      this.cells.get(cell).push(image);
    }
    this.hidden = new Set(); // categories
    this.pictures = new MapPictures(() => this.draw());
    this.selected = -1;
    this.reset();
  }

  cellAt(u) { return Math.max(0, Math.min(N_CELLS - 1, Math.floor(u * N_CELLS))); }

  reset() { this.zoom = 1; this.centre = [0.5, 0.5]; this.draw(); }

  resize() {
    const { clientWidth, clientHeight } = this.canvas;
    [this.width, this.height] = [clientWidth, clientHeight];
    this.canvas.width = clientWidth * devicePixelRatio;
    this.canvas.height = clientHeight * devicePixelRatio;
    this.draw();
  }

  /** Pixels for the whole map's side. */
  get side() { return (Math.min(this.width, this.height) - 24) * this.zoom; }

  toScreen(image) {
    return [
      (this.x[image] - this.centre[0]) * this.side + this.width / 2,
      (this.y[image] - this.centre[1]) * this.side + this.height / 2,
    ];
  }

  toMap(px, py) {
    return [
      (px - this.width / 2) / this.side + this.centre[0],
      (py - this.height / 2) / this.side + this.centre[1],
    ];
  }

  isInside(x, y, margin) {
    return x > -margin && y > -margin && x < this.width + margin && y < this.height + margin;
  }

  /** Zoom so that what lies at a place stays there. */
  zoomAt(factor, px, py) {
    const before = this.toMap(px, py);
    this.zoom = Math.max(1, Math.min(MAX_ZOOM, this.zoom * factor));
    const after = this.toMap(px, py);
    this.moveTo(this.centre[0] + before[0] - after[0], this.centre[1] + before[1] - after[1]);
  }

  moveBy(px, py) { this.moveTo(this.centre[0] - px / this.side, this.centre[1] - py / this.side); }

  moveTo(x, y) {
    this.centre = [Math.max(0, Math.min(1, x)), Math.max(0, Math.min(1, y))];
    if (this.zoom === 1) this.centre = [0.5, 0.5];
    this.draw();
  }

  /** The image nearest to a place and at most so many pixels away; -1 where there is none. */
  nearest(px, py, radius) {
    const [u, v] = this.toMap(px, py);
    const reach = radius / this.side;
    let [best, least] = [-1, reach * reach];
    for (let i = this.cellAt(u - reach); i <= this.cellAt(u + reach); i += 1) {
      for (let j = this.cellAt(v - reach); j <= this.cellAt(v + reach); j += 1) {
        for (const image of this.cells.get(i * N_CELLS + j) || []) {
          const distance = (this.x[image] - u) ** 2 + (this.y[image] - v) ** 2;
          if (distance <= least && !this.hidden.has(this.category[image])) {
            [best, least] = [image, distance];
          }
        }
      }
    }
    return best;
  }

  /** Colour by something else; `hidden` categories stay away. */
  colour({ categories, of }, hidden) {
    this.categories = categories;
    this.category = Uint16Array.from(data.ids, (_, image) => of(image));
    this.hidden = new Set(hidden);
    this.draw();
  }

  draw() {
    if (this.waiting || !this.category || !this.width) return;
    this.waiting = requestAnimationFrame(() => { this.waiting = 0; this.paint(); });
  }

  paint() {
    const context = this.canvas.getContext("2d");
    const soft = getComputedStyle(this.canvas).color;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    const least = Math.max(1.6, Math.min(5, 200 / Math.sqrt(this.images.length)));
    const radius = Math.min(7, least * this.zoom ** 0.4);
    const order = this.categories.map((c, i) => i).sort((a, b) => (this.categories[b].colour === GREY) - (this.categories[a].colour === GREY));
    for (const category of order.filter((c) => !this.hidden.has(c))) {
      const { colour } = this.categories[category];
      context.fillStyle = colour === GREY ? soft : colour;
      context.globalAlpha = colour === GREY ? 0.45 : 0.85;
      this.dots(context, category, radius);
    }
    context.globalAlpha = 1;
    if (this.zoom > 1) this.pictures.paint(context, this, soft);
    if (this.selected >= 0) this.ring(context, radius + 4);
  }

  dots(context, category, radius) {
    context.beginPath();
    for (const image of this.images) {
      if (this.category[image] === category) {
        const [x, y] = this.toScreen(image);
        if (this.isInside(x, y, 9)) {
          context.moveTo(x + radius, y);
          context.arc(x, y, radius, 0, 7);
        }
      }
    }
    context.fill();
  }

  ring(context, radius) {
    const [x, y] = this.toScreen(this.selected);
    context.strokeStyle = getComputedStyle(document.body).color;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.stroke();
  }
}
