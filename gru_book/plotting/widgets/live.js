// The page's side of LivePicture (live.py): named controls, the picture, and a line that says what it shows.

const PATIENCE = 6000; // milliseconds without an answer, after which the reader is told

let count = 0; // makes the ids of a page's controls differ

function part(tag, properties, parent) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}

function slider(control, value, row, id, moved) {
  const input = part("input", { type: "range", id, min: control.low, max: control.high, step: control.step }, row);
  input.value = value;
  const output = part("output", {}, row);
  output.setAttribute("aria-hidden", "true"); // the slider itself says its value
  const say = () => {
    output.textContent = Number(input.value).toFixed(control.digits).replace("-", "\u2212");
    input.setAttribute("aria-valuetext", Number(input.value).toFixed(control.digits));
  };
  say();
  input.addEventListener("input", () => { say(); moved(Number(input.value)); });
}

function choice(control, value, row, id, moved) {
  const select = part("select", { id }, row);
  for (const option of control.options) {
    part("option", { value: option.value, textContent: option.label, selected: option.value === value }, select);
  }
  select.addEventListener("change", () => moved(select.value));
}

function render({ model, el }) {
  el.classList.add("gru-explorer");
  // Plain keys are the control's own: JupyterLab would take the arrows for a move to another cell.
  el.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey || event.altKey)) event.stopPropagation();
  });
  const form = part("div", { className: "gru-controls" }, el);
  form.setAttribute("role", "group");
  form.setAttribute("aria-label", "Settings of the figure");
  const image = part("img", { className: "gru-picture" }, el);
  const reading = part("p", { className: "gru-reading" }, el);
  reading.setAttribute("role", "status");
  let timer = null;

  const moved = (name) => (value) => {
    model.set("values", { ...model.get("values"), [name]: value });
    model.save_changes();
    image.setAttribute("aria-busy", "true");
    clearTimeout(timer);
    timer = setTimeout(() => {
      reading.textContent = "No answer from the kernel yet. If it was restarted, run this cell again.";
    }, PATIENCE);
  };
  const values = model.get("values");
  for (const control of model.get("controls")) {
    const id = `gru-control-${++count}`;
    const row = part("div", { className: "gru-control" }, form);
    part("label", { htmlFor: id, textContent: control.label }, row);
    const draw = control.kind === "slider" ? slider : choice;
    draw(control, values[control.name], row, id, moved(control.name));
  }

  const show = () => {
    clearTimeout(timer);
    const { source, alt, width } = model.get("picture");
    Object.assign(image, { src: source, alt, width });
    image.setAttribute("aria-busy", "false");
    reading.textContent = model.get("reading");
    reading.classList.toggle("gru-failed", model.get("failed"));
  };
  show();
  model.on("change:answered", show);
  return () => { clearTimeout(timer); model.off("change:answered", show); };
}

export default { render };
