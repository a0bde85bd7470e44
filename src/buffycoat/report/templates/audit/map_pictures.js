// Where few images are left in sight, the map shows them in place of dots.
const MAX_IN_SIGHT = 120;
const MAX_KEPT = 600;
const SHOWN_PX = 40;

class MapPictures {
  constructor(onReady) {
    this.onReady = onReady;
    this.kept = new Map(); // image -> canvas, the oldest first
  }

  of(image) {
    if (!this.kept.has(image)) {
      const { px } = data.sheets;
      const canvas = make("canvas", { width: px, height: px });
      this.kept.set(image, canvas);
      drawThumbnail(canvas, image).then(this.onReady);
      if (this.kept.size > MAX_KEPT) this.kept.delete(this.kept.keys().next().value);
    }
    return this.kept.get(image);
  }

  paint(context, view, soft) {
    const inSight = view.images.filter((image) => data.sheets.places[image] >= 0
      && !view.hidden.has(view.category[image]) && view.isInside(...view.toScreen(image), SHOWN_PX / 2));
    if (inSight.length > MAX_IN_SIGHT) return;
    context.lineWidth = 2;
    for (const image of inSight) {
      const [x, y] = view.toScreen(image).map((at) => at - SHOWN_PX / 2);
      const { colour } = view.categories[view.category[image]];
      context.drawImage(this.of(image), x, y, SHOWN_PX, SHOWN_PX);
      context.strokeStyle = colour === GREY ? soft : colour;
      context.strokeRect(x, y, SHOWN_PX, SHOWN_PX);
    }
  }
}
