// Comma-separated values by RFC 4180, as Python's csv module reads and writes them.
const FORMULA = /^[=+\-@\t\r]/;

/** A text that no spreadsheet takes for a formula; an apostrophe before it tells that it was one. */
function guarded(text) {
  return FORMULA.test(text) ? `'${text}` : text;
}

function unguarded(text) {
  return text.startsWith("'") && FORMULA.test(text.slice(1)) ? text.slice(1) : text;
}

function csvField(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function toCsv(rows) {
  return rows.map((row) => `${row.map(csvField).join(",")}\r\n`).join("");
}

/** Rows of fields; a byte-order mark is skipped, and `;` divides where the heading has no comma. */
function fromCsv(given) {
  const text = given.replace(/^\uFEFF/, "");
  const heading = text.split(/[\r\n]/, 1)[0];
  const mark = heading.includes(";") && !heading.includes(",") ? ";" : ",";
  const rows = [];
  let row = [];
  let field = "";
  let isQuoted = false;
  const endField = () => { row.push(field); field = ""; };
  const endRow = () => { endField(); if (row.length > 1 || row[0]) rows.push(row); row = []; };
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i];
    if (isQuoted) {
      if (character !== '"') field += character;
      else if (text[i + 1] === '"') { field += '"'; i += 1; } else isQuoted = false;
    } else if (character === '"' && field === "") isQuoted = true;
    else if (character === mark) endField();
    else if (character === "\n" || character === "\r") {
      if (character === "\r" && text[i + 1] === "\n") i += 1;
      endRow();
    } else field += character;
  }
  if (field || row.length) endRow();
  return rows;
}
