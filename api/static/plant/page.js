// The plant page: all machines at a glance, found by name, type and state; and the alerts.
import { alertBoard } from "../alerts/pager.js";
import { get } from "../base/api.js";
import { byId, fill, h, skeleton, told } from "../base/dom.js";
import { age, counted } from "../base/format.js";
import { knowPlant, types } from "../base/plant.js";
import { gather, keepFresh, startShell } from "../base/shell.js";
import { drawFleet } from "./fleet.js";
import { stateOf, STATES } from "./state.js";

const FRESH_S = 30;
let machines = [];
let wanted = new URLSearchParams(location.search).get("state") ?? "";
let loading = false;

async function load() {
  if (loading) return;
  loading = true;
  try {
    const [plant, listed, latest] = await Promise.all([knowPlant(), everyMachine(), get("/latest")]);
    const now = new Map(latest.items.map((machine) => [machine.equipment, machine]));
    machines = listed.filter((machine) => now.has(machine.id)).map((machine) => ({ ...machine, now: now.get(machine.id), state: stateOf(now.get(machine.id)) }));
    byId("plant-name").textContent = plant.name;
    offerTypes();
    draw();
  } catch (problem) {
    if (!machines.length) fill(byId("fleet"), told(problem.message, load));
  }
  loading = false;
}

let listed = null;

async function everyMachine() {
  if (listed) return listed;
  const found = [];
  for (let cursor = null; ; ) {
    const page = await get("/equipment", { limit: 1000, cursor });
    found.push(...page.items);
    if (!page.next) return (listed = found);
    cursor = page.next;
  }
}

function draw() {
  const shown = machines.filter((machine) => fits(machine));
  drawFleet(byId("fleet"), shown.filter((machine) => !wanted || machine.state === wanted));
  const chips = Object.entries(STATES).map(([state, [words, mark]]) => [state, `${mark} ${words}`.trim(), shown.filter((machine) => machine.state === state).length]);
  fill(byId("states"), [["", "all", shown.length], ...chips].filter(([state, , count]) => !state || count || state === wanted).map(chip));
  const newest = machines.map((machine) => machine.now.at).filter(Boolean).sort().at(-1);
  byId("plant-sum").textContent = `${counted(machines.length, "machine")}${newest ? `, newest reading ${age(newest)} ago` : ", no readings yet"}`;
  const count = shown.filter((machine) => !wanted || machine.state === wanted).length;
  byId("found").textContent = count === machines.length ? "" : counted(count, "machine");
}

function chip([state, words, count]) {
  const choose = () => { wanted = state; draw(); byId("states").querySelector('[aria-pressed="true"]').focus(); };
  return h("button", { type: "button", class: `chip ${state}`, "aria-pressed": String(state === wanted), onclick: choose }, `${words} ${count}`);
}

function fits({ id, name, type, location, aliases }) {
  const text = byId("find").value.trim().toLowerCase();
  const kind = byId("type").value;
  return (!kind || kind === type) && [id, name, location, ...aliases].some((word) => word.toLowerCase().includes(text));
}

function offerTypes() {
  const select = byId("type");
  if (select.options.length > 1) return;
  select.append(...types().map((type) => h("option", { value: type.name }, `${type.label} (${type.count})`)));
}

/** The alerts, of the type that is looked at; drawn once, and again when another type is. */
function drawAlerts() {
  const type = types().find((each) => each.name === byId("type").value);
  const nameOf = (id) => machines.find((machine) => machine.id === id)?.name ?? id;
  const board = alertBoard({ type: type?.name }, nameOf);
  fill(byId("alerts"), h("h2", { id: "alerts-title" }, type ? `Alerts of ${type.plural}` : "Alerts"), board.element);
  return board.loaded.then(() => location.hash === "#alerts" && byId("alerts").scrollIntoView()); // the fleet has pushed it away
}

function start() {
  startShell();
  fill(byId("fleet"), skeleton(12));
  byId("find").addEventListener("input", draw);
  byId("type").addEventListener("change", () => { draw(); drawAlerts(); });
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  gather(keepFresh(() => load().then(() => (machines.length && !byId("alerts").querySelector(".chip") ? drawAlerts() : null)), FRESH_S));
}

start();
