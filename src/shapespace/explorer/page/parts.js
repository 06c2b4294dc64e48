// Small parts of the page that are made over and over: options, chips, strips, sliders.

import { paint } from "./paint.js";

export const part = id => document.getElementById(id);

export function make(tag, properties = {}, children = []) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export function fillSelect(select, options, value) {
  select.replaceChildren(...options.map(([key, text]) => make("option", { value: key, textContent: text })));
  select.value = value;
}

/** Pictures in a row, each a button. */
export function strip(list, pictures, labels, off, onChoose) {
  if (list.children.length !== pictures.length) {
    list.replaceChildren(...pictures.map(() => make("li", {}, [make("button", { type: "button" }, [make("canvas")])])));
  }
  [...list.children].forEach((item, i) => {
    const button = item.firstChild, far = off[i] > 99;
    button.setAttribute("aria-label", labels[i] + (far ? ", off the data" : ""));
    button.title = labels[i];
    button.classList.toggle("off", far);
    button.onclick = () => onChoose(i);
    paint(button.firstChild, pictures[i]);
  });
}

/** Stimuli as small buttons. */
export function chips(list, nearest, pictureOf, onChoose) {
  const names = nearest.map(one => one.name).join();
  if (list.dataset.names !== names) list.replaceChildren(...nearest.map(({ name, distance }) => {
    const canvas = make("canvas"), button = make("button", { type: "button", title: `${name}, ${distance.toFixed(2)} away` }, [canvas, make("span", { textContent: name })]);
    button.onclick = () => onChoose(name);
    return make("li", {}, [button]);
  }));
  else if (list.dataset.painted) return;
  list.dataset.names = names;
  list.dataset.painted = nearest.every(({ name }) => pictureOf(name)) ? "yes" : "";
  nearest.forEach(({ name }, i) => paint(list.children[i].querySelector("canvas"), pictureOf(name)));
}

/** A labelled slider; `onInput` while it moves, `onDone` when it rests. */
export function slider({ id, name, low, high, ends, onInput, onDone }) {
  const input = make("input", { id, type: "range", min: low, max: high, step: (high - low) / 200 });
  const output = make("output", { htmlFor: id });
  input.addEventListener("input", () => onInput(Number(input.value)));
  input.addEventListener("change", onDone);
  const children = [make("label", { htmlFor: id, textContent: name }), input, output];
  if (ends) children.push(make("div", { className: "ends" }, ends.map(text => make("span", { textContent: text }))));
  return make("div", { className: "slider" }, children);
}

/** Show a value on a slider made by `slider`, unless it is being moved. */
export function setSlider(id, value, text) {
  const input = part(id);
  input.value = value;
  const shown = text ?? value.toFixed(2).replace("-", "−");
  input.setAttribute("aria-valuetext", shown);
  input.parentElement.querySelector("output").textContent = shown;
}
