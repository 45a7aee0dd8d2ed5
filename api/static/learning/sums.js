// The state of learning in a row of figures.
import { h } from "../base/dom.js";
import { moment, plain } from "../base/format.js";

const TRENDS = { unknown: "too few lessons for a trend" };

/** The cards. */
export function drawSums({ tier1, buffer, tier2, engine }) {
  const loss = tier1.loss === null ? "–" : plain(tier1.loss, 3);
  const before = tier1.loss_first === null ? "no lessons yet" : `${TRENDS[tier1.trend] ?? tier1.trend}, ${plain(tier1.loss_first, 3)} at first`;
  return [
    card("Tier 1", tier1.version.toLocaleString("en"), "lessons", `${tier1.parameters.toLocaleString("en")} parameters, ${tier1.explores ? `temperature ${tier1.temperature}` : "fixed order"}`),
    card("Loss", loss, "nats", before),
    card("Ratings", buffer.ratings.toLocaleString("en"), "", `${buffer.up} up, ${buffer.down} down, ${buffer.corrections} corrections${buffer.last_rated_at ? `; last ${moment(buffer.last_rated_at)}` : ""}`),
    card("Answers", buffer.experiences.toLocaleString("en"), "", `${buffer.rated.toLocaleString("en")} rated`),
    card("Next night", `${Math.min(tier2.new_ratings, tier2.needed)} / ${tier2.needed}`, "ratings", tier2.reason, tier2.ready ? "ready" : ""),
    card("Served", tier2.served?.id ?? "–", "", engine.ready ? `plans; ${engine.queue} waiting, ${plain(engine.resident_bytes / 2 ** 20)} MB` : engine.reason, engine.ready ? "" : "down", "word"),
  ];
}

const card = (title, value, unit, about, mood = "", kind = "") =>
  h("div", { class: `card sum ${mood}` }, h("h2", {}, title), h("p", { class: `sum-value ${kind}` }, value, unit ? h("span", { class: "unit" }, ` ${unit}`) : null), h("p", { class: "quiet" }, about));
