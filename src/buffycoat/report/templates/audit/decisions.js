// What a person decided, by sample_id; kept by the browser under the hash of the data.
const KEPT_UNDER = `buffycoat-decisions-${data.hash}`;
const COLUMNS = ["sample_id", "decision", "label", "reason"];
const CHOICES = ["keep", "exclude", "relabel"];
const decisions = new Map();
let isKept = true; // whether the browser still has room

function restore() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT_UNDER) || "[]");
    for (const [id, decision] of kept) decisions.set(id, decision);
  } catch (error) {
    isKept = false;
  }
}

let saving = 0;
function save() {
  clearTimeout(saving);
  saving = setTimeout(saveNow, 200);
}

function saveNow() {
  clearTimeout(saving);
  try {
    localStorage.setItem(KEPT_UNDER, JSON.stringify([...decisions]));
    isKept = true;
  } catch (error) {
    isKept = false;
  }
}

/** Tell everything that shows a decision: of one image, or of all where none is named. */
function announce(image) {
  const which = image === undefined ? ".decide" : `.decide[data-image="${image}"]`;
  document.querySelectorAll(which).forEach((control) => control.refresh());
  document.dispatchEvent(new CustomEvent("decided"));
  save();
}

/** Set a decision, or take it back where there is none. */
function decide(image, decision) {
  if (decision) decisions.set(data.ids[image], decision);
  else decisions.delete(data.ids[image]);
  announce(image);
}

function decisionOf(image) {
  return decisions.get(data.ids[image]);
}

function isComplete({ decision, label }) {
  return decision !== "relabel" || label !== "";
}

/** The decisions as CSV: images of this page in its order, then those of other tables. */
function decisionsAsCsv() {
  const known = data.ids.filter((id) => decisions.has(id));
  const others = [...decisions.keys()].filter((id) => !numberOf.has(id));
  const rows = [...known, ...others].map((id) => [id, decisions.get(id)]);
  const written = rows.filter(([, d]) => isComplete(d));
  return toCsv([COLUMNS, ...written.map(([id, d]) => [guarded(id), d.decision, d.label, guarded(d.reason)])]);
}

/** Take over the decisions of a CSV; gives what was wrong with it, in sentences. */
function takeCsv(text) {
  const [heading = [], ...rows] = fromCsv(text);
  const places = COLUMNS.map((name) => heading.indexOf(name));
  if (places[0] < 0 || places[1] < 0) return ["It has no columns sample_id and decision."];
  const wrong = [];
  rows.forEach((row, i) => {
    const [name, word, label, why] = places.map((place) => (row[place] || "").trim());
    const [decision, reason] = [word.toLowerCase(), unguarded(why)];
    const id = numberOf.has(name) ? name : unguarded(name);
    if (!CHOICES.includes(decision)) wrong.push(`Row ${i + 1}: decision is "${word}".`);
    else if (decision === "relabel" && !data.classes.includes(label)) {
      wrong.push(`Row ${i + 1}: there is no class "${label}".`);
    } else decisions.set(id, { decision, label: decision === "relabel" ? label : "", reason });
  });
  announce();
  return wrong;
}

restore();
addEventListener("pagehide", saveNow);
