// The bar at the foot: how much is decided, and the CSV out and in.
function startBar(bar) {
  const said = make("span", { role: "status" });
  const download = make("button", { type: "button", className: "main" }, "Download decisions.csv");
  const file = make("input", { type: "file", accept: ".csv,text/csv" });
  const load = make("label", { className: "button" }, "Load decisions", file);
  const forget = make("button", { type: "button" }, "Forget all");
  bar.append(said, make("span", { className: "bar-buttons" }, download, load, forget));
  bar.hidden = false;

  function refresh() {
    const all = [...decisions.values()];
    const parts = CHOICES.map((name) => [name, all.filter((d) => d.decision === name).length]);
    const open = all.filter((d) => !isComplete(d)).length;
    const others = [...decisions.keys()].filter((id) => !numberOf.has(id)).length;
    said.textContent = all.length
      ? `${counted(all.length, "decision")}: ${parts.filter(([, n]) => n).map(([name, n]) => `${n.toLocaleString("en")} ${name}`).join(", ")}`
        + `${open ? ` (${open} without a class, not written)` : ""}${others ? ` (${others} of images not on this page)` : ""}`
        + `${isKept ? "" : ". This browser keeps none: download before you leave"}`
      : "No decisions yet; this browser keeps them until you download them.";
    download.disabled = !all.length;
    forget.disabled = !all.length;
  }
  download.addEventListener("click", () => {
    const address = URL.createObjectURL(new Blob([decisionsAsCsv()], { type: "text/csv" }));
    make("a", { href: address, download: "decisions.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  });
  file.addEventListener("change", async () => {
    const wrong = takeCsv(await file.files[0].text());
    file.value = ""; // the same file can be chosen again
    if (wrong.length) said.textContent = `${counted(wrong.length, "row")} left out. ${wrong.slice(0, 3).join(" ")}`;
  });
  forget.addEventListener("click", () => {
    if (!confirm(`Forget ${counted(decisions.size, "decision")}?`)) return;
    decisions.clear();
    announce();
  });
  document.addEventListener("decided", refresh);
  refresh();
}

startBar(document.getElementById("bar"));
document.querySelectorAll(".needs-script").forEach((element) => element.classList.remove("needs-script"));
