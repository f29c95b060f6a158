/**
 * The program in the page: reads the numbers that stand beside it, makes the controls, and draws all charts anew whenever
 * one of them changes.
 */
/// <reference lib="dom" />
import { Charts, type Choice } from "./charts.js";
import { coloursOf, SHAPES } from "./looks.js";
import type { Kind, PageData } from "./page-data.js";

const KINDS: readonly (readonly [Kind, string])[] = [["preset", "ours"], ["native", "native, in C"], ["peer", "of others"], ["floor", "floors"]];
const GLYPHS: Readonly<Record<Kind, string>> = {
  preset: '<circle cx="6" cy="6" r="5"/>', native: '<rect x="1" y="1" width="10" height="10"/>',
  peer: '<path d="M6 1 11 11H1Z"/>', floor: '<path d="M2 2 10 10M10 2 2 10" stroke-width="2.5"/>',
};

const data = JSON.parse(element("numbers").textContent) as PageData;
const charts = new Charts(data);
const colours = coloursOf(data.contenders);
const threadCounts = [...new Set(data.times.map(({ threads }) => threads))].sort((a, b) => a - b);
const usual = data.contenders.filter(({ name, kind }) => name === "heapwright" || (kind !== "preset" && name !== "bump"));
const state: { -readonly [key in keyof Choice]: Choice[key] } = { contenders: new Set((usual.length > 1 ? usual : data.contenders).map(({ name }) => name)), threads: threadCounts[0], yardstick: "glibc" };

makeControls(element("controls"));
draw();

function draw(): void {
  element("times").replaceChildren(charts.times(state));
  element("ratios").replaceChildren(charts.ratios(state));
  element("scaling").replaceChildren(...charts.scaling(state).map(({ workload, chart }) => {
    const cell = document.createElement("div");
    const heading = document.createElement("h3");
    heading.textContent = workload;
    cell.append(heading, chart);
    return cell;
  }));
  for (const measure of ["resident", "mapped"] as const) element(measure).replaceChildren(charts.recordings(measure, state));
  element("bookkeeping").replaceChildren(charts.bars(data.bookkeeping, "bookkeeping / bytes in use →", (value) => `${Number((100 * value).toPrecision(3))} %`));
  element("taken").replaceChildren(charts.bars(data.taken, "memory taken / bytes in use →", (value) => String(Number(value.toPrecision(3)))));
  element("hand-overs").replaceChildren(charts.handOvers());
}

function makeControls(place: HTMLElement): void {
  for (const [kind, text] of KINDS) {
    const members = data.contenders.filter((one) => one.kind === kind);
    if (members.length > 0) place.append(row(text, ...members.map(({ name }) => contenderBox(name, kind))));
  }
  const choose = (text: string, names: () => readonly string[]): HTMLElement => {
    const button = document.createElement("button");
    button.textContent = text;
    button.addEventListener("click", () => {
      state.contenders = new Set(names());
      for (const box of place.querySelectorAll<HTMLInputElement>("input[type=checkbox]")) box.checked = state.contenders.has(box.value);
      draw();
    });
    return button;
  };
  const shown = row("show", choose("the usual", () => usual.map(({ name }) => name)), choose("our presets", () => data.contenders.filter(({ kind }) => kind === "preset").map(({ name }) => name)), choose("all", () => data.contenders.map(({ name }) => name)));
  const threads = row("threads", ...threadCounts.map((count) => radio("threads", String(count), () => (state.threads = count))));
  const yardstick = row("yardstick", radio("yardstick", "glibc", () => (state.yardstick = "glibc")), radio("yardstick", "best of the other native ones", () => (state.yardstick = "native")));
  const choices = document.createElement("div");
  choices.append(shown, threads, yardstick);
  place.append(choices);
  for (const name of ["threads", "yardstick"]) place.querySelector<HTMLInputElement>(`input[name=${name}]`)?.setAttribute("checked", "");
}

function contenderBox(name: string, kind: Kind): HTMLElement {
  const label = document.createElement("label");
  const box = input("checkbox", name, () => {
    state.contenders = new Set(data.contenders.map((one) => one.name).filter((other) => (other === name ? box.checked : state.contenders.has(other))));
  });
  box.checked = state.contenders.has(name);
  const colour = colours[data.contenders.findIndex((one) => one.name === name)];
  const glyph = document.createElement("span");
  glyph.innerHTML = `<svg width="12" height="12" fill="${colour}" ${SHAPES[kind] === "times" ? `stroke="${colour}"` : ""}>${GLYPHS[kind]}</svg>`;
  label.append(box, glyph, name);
  return label;
}

function radio(group: string, text: string, choose: () => void): HTMLElement {
  const label = document.createElement("label");
  const button = input("radio", text, choose);
  button.name = group;
  label.append(button, text);
  return label;
}

function input(type: "checkbox" | "radio", value: string, changed: () => void): HTMLInputElement {
  const made = document.createElement("input");
  made.type = type;
  made.value = value;
  made.addEventListener("change", () => {
    changed();
    draw();
  });
  return made;
}

function row(text: string, ...parts: readonly HTMLElement[]): HTMLElement {
  const made = document.createElement("div");
  const name = document.createElement("b");
  name.textContent = text;
  made.append(name, ...parts);
  return made;
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
}
