// What the map can be coloured by: each way gives every image a category of the legend.
const PALETTE = ["#4269d0", "#e0a100", "#ff725c", "#3ca951", "#a463f2", "#ff8ab7", "#6cc5b0", "#9c6b4e", "#97bbf5", "#8f8f2a", "#1b9aaa"];
const GREY = "grey"; // stands for the page's soft colour, which differs in the dark

function colourByColumn(found) {
  const counts = new Array(found.names.length).fill(0);
  found.values.forEach((value) => { if (value >= 0) counts[value] += 1; });
  // A group of one image says nothing on a map, unless every name is of that kind.
  const isShared = counts.some((n) => n > 1);
  const worth = counts.map((n, i) => [n, i]).filter(([n]) => n > 1 || !isShared);
  const largest = worth.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
  const kept = largest.slice(0, PALETTE.length).map(([, i]) => i).sort((a, b) => a - b);
  const categories = kept.map((i, k) => ({ name: found.names[i], colour: PALETTE[k] }));
  const place = new Map(kept.map((i, k) => [i, k]));
  const nOthers = worth.length - kept.length;
  const others = categories.length;
  if (nOthers) categories.push({ name: `${nOthers.toLocaleString("en")} others`, colour: GREY });
  const alone = categories.length;
  categories.push({ name: "one image each", colour: GREY });
  const unknown = categories.length;
  categories.push({ name: "not known", colour: GREY });
  return { categories, of: (image) => {
    const value = found.values[image];
    if (value < 0) return unknown;
    return place.get(value) ?? (counts[value] > 1 || !isShared ? others : alone);
  } };
}

function colourByFlag(isFlagged, name) {
  const categories = [{ name: "not flagged", colour: GREY }, { name, colour: PALETTE[2] }];
  return { categories, of: (image) => (isFlagged(image) ? 1 : 0) };
}

function colourByDecision() {
  const colours = [PALETTE[3], PALETTE[2], PALETTE[0]];
  const decided = CHOICES.map((name, i) => ({ name, colour: colours[i] }));
  const categories = [{ name: "undecided", colour: GREY }, ...decided];
  return { categories, of: (image) => {
    const now = decisionOf(image);
    return now ? 1 + CHOICES.indexOf(now.decision) : 0;
  } };
}

/** By name: a function that makes the colouring. Columns that say the same of all are left out. */
function colourings() {
  const columns = data.columns.filter((c) => c.name === "label" || c.names.length > 1);
  const ways = columns.map((c) => [c.name === "label" ? "class" : c.name, () => colourByColumn(c)]);
  ways.push(["any finding", () => colourByFlag((image) => flaggedIn.has(image), "flagged")]);
  for (const finding of data.findings.filter((f) => f.rows.length)) {
    const rows = new Set(finding.rows);
    ways.push([`finding: ${finding.title}`, () => colourByFlag((image) => rows.has(image), "flagged")]);
  }
  ways.push(["decision", colourByDecision]);
  return ways;
}
