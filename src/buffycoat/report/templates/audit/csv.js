// Comma-separated values by RFC 4180, as Python's csv module reads and writes them.
// A field that looks like a spreadsheet's formula is written as it is: a guard before it would
// not be the sample_id any more when the file comes back.
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
