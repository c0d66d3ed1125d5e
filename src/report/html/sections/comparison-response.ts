import type { RunGroup } from "../../../analysis/compare/compared-run.ts";
import { groupResponses } from "../../../analysis/compare/response.ts";
import { plural } from "../../../analysis/words.ts";
import type { Term } from "../definitions.ts";
import { html } from "../markup.ts";
import { chartFigure } from "../parts.ts";
import type { Section } from "../parts.ts";
import { drawable, leftOutNote, lookOf, markOf } from "./comparison-looks.ts";
import { responseSpec } from "./response.ts";

/** How the share of refused sends goes with occupancy in each group, with the model's step; nothing where nothing was refused. */
export function responseOverlaySection(groups: readonly RunGroup[]): Section {
  const { drawn, left } = drawable(groups);
  const responses = groupResponses(drawn);
  const title = "EPERM by occupancy";
  if (responses.every(({ points }) => points.every(({ share }) => share === 0))) return { id: "response", title, body: null };
  const looked = responses.map((response) => ({ ...response, index: drawn.findIndex(({ name }) => name === response.name) }));
  const spec = responseSpec(
    "over-response",
    looked.map(({ index, name, points, predicted }) => ({
      points,
      measured: { ...lookOf(name, index), dash: [], mark: markOf(index) },
      model: predicted === null ? null : { share: predicted, ...lookOf(name, index), key: `${name}: model`, label: `${name}: model` },
    })),
  );
  const legend: Partial<Record<string, Term>> = Object.fromEntries(responses.flatMap(({ name }) => [[name, "groupRefused"], [`${name}: model`, "groupModel"]]));
  return {
    id: "response",
    title,
    charts: [spec],
    body: html`${chartFigure(spec, { title: "Share of sends refused against occupancy, all runs of a group together", told: `${plural(responses.length, "group")}.`, legend })}
${leftOutNote(left)}`,
  };
}
