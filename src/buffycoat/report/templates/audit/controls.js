// How an image is decided on: three buttons, then the class and the reason.
function classChoice(image) {
  const choice = make("select", { ariaLabel: "new class" }, make("option", { value: "" }, "which class?"));
  for (const name of data.classes) {
    if (name !== named("label", image)) choice.append(make("option", { value: name }, name));
  }
  return choice;
}

/** The class that a finding suggests; an empty text where none does. */
function suggestedClass(image) {
  const name = named("label suggested", image);
  return data.classes.includes(name) ? name : "";
}

/** The control of one image; `reason` is what stands in the reason field at first. */
function decisionControl(image, reason) {
  const group = make("div", { className: "decide", role: "group" });
  group.dataset.image = image;
  group.setAttribute("aria-label", `Decision on ${data.ids[image]}`);
  const buttons = CHOICES.map((name) => make("button", { type: "button", className: name }, name));
  const choice = classChoice(image);
  const why = make("input", { type: "text", placeholder: "reason", ariaLabel: "reason" });
  group.append(make("span", { className: "choices" }, ...buttons), choice, why);

  const change = (part) => decide(image, { ...decisionOf(image), ...part });
  buttons.forEach((button, i) => button.addEventListener("click", () => {
    const now = decisionOf(image);
    if (now && now.decision === CHOICES[i]) decide(image, null);
    else {
      const label = CHOICES[i] === "relabel" ? suggestedClass(image) : "";
      decide(image, { decision: CHOICES[i], label, reason: now ? now.reason : reason });
    }
    if (CHOICES[i] === "relabel" && !choice.hidden) choice.focus();
  }));
  choice.addEventListener("change", () => change({ label: choice.value }));
  why.addEventListener("input", () => change({ reason: why.value }));
  group.refresh = () => refreshControl(image, buttons, choice, why);
  group.refresh();
  return group;
}

function refreshControl(image, buttons, choice, why) {
  const now = decisionOf(image);
  buttons.forEach((button, i) => {
    button.setAttribute("aria-pressed", String(Boolean(now) && now.decision === CHOICES[i]));
  });
  choice.hidden = !now || now.decision !== "relabel";
  why.hidden = !now;
  if (!now) return;
  choice.value = now.label;
  if (why.value !== now.reason) why.value = now.reason;
}
