// What each stage of a night left, in a few words.
import { plain } from "../base/format.js";

/** In their order. */
export const STAGES = ["pairs", "tier1", "tier2", "gguf", "gate", "publish"];

const PAIRED = ["same_prompt", "correction", "transplant", "product"];
const sumOf = (counts, kinds) => kinds.reduce((sum, kind) => sum + (counts[kind] ?? 0), 0);

const WORDS = {
  pairs: ({ counts = {} }) => `${plain(sumOf(counts, PAIRED))} pairs, ${plain(sumOf(counts, ["unpaired_up", "unpaired_down"]))} thumbs unpaired`,
  tier1: ({ better, reason }) => (reason ? reason : `${better ?? "no"} ranker`),
  tier2: ({ pairs, thumbs, steps, minutes, last }) =>
    `${plain(steps)} steps on ${plain(pairs)} pairs and ${plain(thumbs)} thumbs in ${plain(minutes, 1)} minutes${Number.isFinite(last?.accuracy) ? `; tells liked from disliked in ${plain(last.accuracy * 100)} %` : ""}`,
  gguf: ({ bytes, build_s: built }) => `${plain(bytes / 1e6)} MB in ${plain(built, 1)} s`,
  gate: ({ accepted, checks = [] }) => `${accepted ? "accepted" : "rejected"}: ${checks.filter((check) => check.held).length} of ${checks.length} demands held`,
  publish: ({ id, state }) => `${id} is ${state}`,
};

/** Whatever a stage of another release left: what cannot be told is left out. */
export function stageWords(name, figures) {
  try {
    return WORDS[name](figures);
  } catch {
    return "done";
  }
}
