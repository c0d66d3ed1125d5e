import fs from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import type { ChartSpec } from "../../../src/report/html/chart-spec.ts";
import { gatewayStory } from "../../fixtures/runs/causes.ts";
import { SPIKE, storeAnHour } from "../../fixtures/runs/hour.ts";
import { healthyStory, tableFullStory } from "../../fixtures/runs/stories.ts";
import { storeRun } from "../../fixtures/runs/story.ts";
import { describeBrowser, lowContrast, type Seen } from "./browser.ts";
import { execute, tablefull, temporaryDirectory } from "../program.ts";

const MB = 1_000_000;

async function report(directory: string): Promise<string> {
  const { code, stdout, stderr } = await tablefull("report", directory, "--format", "html", "--output", directory);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout.trim();
}

/** Pixels of a chart's canvas that are not see-through. */
async function drawn({ page }: Seen, id: string): Promise<number> {
  return page.locator(`#plot-${id} canvas`).evaluate((canvas: HTMLCanvasElement) => {
    const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let pixels = 0;
    for (let index = 3; index < data.length; index += 4) if ((data[index] ?? 0) > 0) pixels++;
    return pixels;
  });
}

/** Labels of the time axis are drawn, so what is shown is read from a value: the time under the middle of a chart. */
async function timeInTheMiddle({ page }: Seen, id: string): Promise<number> {
  await page.locator(`#plot-${id} .u-over`).hover();
  return Number.parseFloat(await page.locator("output.now").innerText());
}

describeBrowser("an HTML report in a browser", (open) => {
  let full = "";
  beforeAll(async () => {
    full = await report(storeRun(temporaryDirectory(), tableFullStory()));
  });

  test.each([
    ["light", 1280, false],
    ["dark", 1280, true],
    ["light", 400, false],
    ["dark", 400, true],
  ])("%s, %i pixels wide: no complaint, no request, every chart drawn, readable, nothing beyond the edge", async (_, width, dark) => {
    const seen = await open(full, { width, dark });
    const { page } = seen;
    const ids = await page.evaluate(() => (JSON.parse(document.getElementById("charts")?.textContent ?? "[]") as { id: string }[]).map(({ id }) => id));
    expect(ids).toEqual(["table", "flows", "sends", "refusals", "response", "model", "percentiles"]);
    for (const id of ids) {
      const box = await page.locator(`#plot-${id} canvas`).boundingBox();
      expect(box?.width).toBeGreaterThan(width / 4);
      expect(await drawn(seen, id)).toBeGreaterThan(1000);
    }
    expect(await lowContrast(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    expect(seen.complaints).toEqual([]);
    await page.close();
  });

  test.each([["a router's table", gatewayStory], ["a run in which nothing failed", healthyStory]])("%s: no complaint", async (_, story) => {
    const { complaints, page } = await open(await report(storeRun(temporaryDirectory(), story())));
    await page.waitForSelector("canvas");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("charts of the timeline zoom together, by mouse and by button", async () => {
    const seen = await open(full);
    const { page } = seen;
    const whole = await timeInTheMiddle(seen, "refusals");
    expect(whole).toBeCloseTo(3.75, 1);
    await page.locator("#plot-table").scrollIntoViewIfNeeded();
    const box = await page.locator("#plot-table .u-over").boundingBox();
    if (box === null) throw new Error("no chart");
    await page.mouse.move(box.x + box.width * 0.5, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + 20, { steps: 5 });
    await page.mouse.up();
    expect(await timeInTheMiddle(seen, "refusals")).toBeCloseTo(7.5 * 0.7, 1);
    await page.getByRole("button", { name: "First EPERM" }).click();
    expect(await timeInTheMiddle(seen, "sends")).toBeCloseTo(4.712, 1);
    // 4.712 s lies in the step from 4.7 s on, nearer to its beginning; 4.78 s nearer to the next. Of the two ticks in it, 30 of 116 answers, as most came before the first EPERM, and 6 of 16.
    const sends = await page.locator("#plot-sends .u-over").boundingBox();
    if (sends === null) throw new Error("no chart");
    await page.mouse.move(sends.x + sends.width * 0.568, sends.y + 20);
    expect(await page.locator("output.now").innerText()).toMatch(/^4\.7[78]/);
    expect(await page.locator(".key[data-chart=sends][data-series='2'] output").innerText()).toBe("360/s");
    await page.getByRole("button", { name: "Whole run" }).click();
    expect(await timeInTheMiddle(seen, "table")).toBeCloseTo(whole, 1);
    expect(seen.complaints).toEqual([]);
    await page.close();
  });

  test("the keyboard reaches all of it: focus is seen, values are read, the zoom follows, definitions show and go", async () => {
    const seen = await open(full);
    const { page } = seen;
    const reached: string[] = [];
    for (let presses = 0; presses < 200; presses++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const element = document.activeElement;
        return element === null || element === document.body ? null : { what: element.id || element.textContent?.trim() || "", outline: getComputedStyle(element).outlineStyle };
      });
      if (at === null) break;
      expect(at.outline).not.toBe("none");
      reached.push(at.what);
    }
    for (const what of ["Whole run", "plot-table", "plot-percentiles", "ASSURED"]) expect(reached).toContain(what);

    const plot = page.locator("#plot-refusals");
    await plot.focus();
    for (let presses = 0; presses < 50; presses++) await plot.press("ArrowRight");
    expect(await page.locator(".key[data-chart=refusals][data-series='1'] output").innerText()).toBe("1,840/s");
    expect(await page.locator("output.now").innerText()).toBe("4.900 s, load");
    for (const key of ["+", "+", "Shift+ArrowRight"]) await plot.press(key);
    expect(await timeInTheMiddle(seen, "table")).not.toBeCloseTo(3.75, 1);
    await plot.press("0");
    expect(await timeInTheMiddle(seen, "table")).toBeCloseTo(3.75, 1);

    await page.locator(".tile[data-term=explained]").focus();
    await expect.poll(() => page.locator("#tip").innerText()).toContain("time bin by time bin");
    await page.keyboard.press("Escape");
    expect(await page.locator("#tip").isVisible()).toBe(false);
    await page.locator("tr[data-term=earlyDrop] td").hover();
    expect(await page.locator("#tip").innerText()).toContain("evicted from a full table");

    const key = page.locator(".key[data-chart=refusals]").first();
    const picture = (): Promise<string> => page.locator("#plot-refusals canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const before = await picture();
    await key.press("Enter");
    expect(await key.getAttribute("aria-pressed")).toBe("false");
    await expect.poll(async () => (await picture()) === before).toBe(false);
    expect(seen.complaints).toEqual([]);
    await page.close();
  });

  test("prints in light colours and within the page, whatever the screen has", async () => {
    const { page } = await open(full, { dark: true });
    const darkest = (): Promise<number> => page.locator("#plot-table canvas").evaluate((canvas: HTMLCanvasElement) => {
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let least = 765;
      for (let index = 0; index < data.length; index += 4) if (data[index + 3] === 255) least = Math.min(least, (data[index] ?? 0) + (data[index + 1] ?? 0) + (data[index + 2] ?? 0));
      return least;
    });
    await page.setViewportSize({ width: 700, height: 900 });
    await page.emulateMedia({ media: "print" });
    // The first EPERM is a black line on paper, and a light one on a dark screen.
    await expect.poll(darkest).toBe(0);
    expect(await page.evaluate(() => [...document.querySelectorAll("canvas")].filter((canvas) => canvas.getBoundingClientRect().right > innerWidth).length)).toBe(0);
    expect(await page.locator(".toolbar").isVisible()).toBe(false);
    expect(await lowContrast(page)).toEqual([]);
    await page.close();
  });

  test("an hour is told in less than 1 MB, its spikes and its onset kept", { timeout: 120_000 }, async () => {
    const file = await report(storeAnHour(temporaryDirectory()));
    expect(fs.statSync(file).size).toBeLessThan(MB);
    const charts = JSON.parse(/id="charts">(.*?)<\/script>/.exec(fs.readFileSync(file, "utf8"))?.[1] ?? "[]") as ChartSpec[];
    const { series, x } = charts.find(({ id }) => id === "refusals") ?? { series: [], x: { values: [] as number[] } };
    const eperm = series.find(({ key }) => key === "eperm")?.values ?? [];
    // Its tick lies in two bins, over the border at that second.
    const around = eperm.filter((_, i) => Math.abs((x.values[i] ?? 0) - SPIKE.atS) < 0.11);
    expect(around.reduce<number>((sum, rate) => sum + (rate ?? 0), 0)).toBe(SPIKE.eperm * 10);
    const { complaints, page } = await open(file);
    expect(await page.locator("#plot-latency canvas").count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

describeBrowser("a comparison in a browser", (open) => {
  let file = "";
  beforeAll(async () => {
    const runs = [tableFullStory, tableFullStory, healthyStory, healthyStory].map((story) => storeRun(temporaryDirectory(), story()));
    file = path.join(temporaryDirectory(), "comparison.html");
    const { code, stderr } = await tablefull("compare", `base=${runs[0]},${runs[1]}`, `tuned=${runs[2]},${runs[3]}`, "--force", "--html", file);
    expect([code, stderr]).toEqual([0, ""]);
  });

  test.each([
    [1280, false],
    [400, true],
  ])("%i pixels wide, dark: %s; no complaint, no request, every chart drawn, readable, nothing beyond the edge", async (width, dark) => {
    const seen = await open(file, { width, dark });
    const { page } = seen;
    for (const id of ["over-answered", "over-eperm", "over-drop", "over-occupancy", "over-response", "percentiles"]) expect(await drawn(seen, id)).toBeGreaterThan(1000);
    expect(await lowContrast(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    expect(seen.complaints).toEqual([]);
    await page.close();
  });

  test("a group can be taken out of a chart, with the range of its runs", async () => {
    const { complaints, page } = await open(file);
    const key = page.locator(".key[data-chart=over-answered]").filter({ hasText: "tuned" });
    await key.click();
    expect(await key.getAttribute("aria-pressed")).toBe("false");
    await page.locator("#plot-over-answered").press("ArrowRight");
    expect(await page.locator(".key[data-chart=over-answered] output").first().innerText()).toBe("2,000/s");
    expect(complaints).toEqual([]);
    await page.close();
  });
});

test("a page that cannot be written is told by its flag", async () => {
  const runs = [healthyStory, healthyStory].map((story) => storeRun(temporaryDirectory(), story()));
  expect(await tablefull("compare", ...runs, "--html", "/nowhere/c.html")).toMatchObject({ code: 1, stderr: "tablefull: --html: cannot write /nowhere/c.html (ENOENT); name a file in a directory that can be written\n" });
  expect(await tablefull("compare", ...runs, "--open")).toMatchObject({ code: 1, stderr: "tablefull: --open: of which page? add --html FILE\n" });
});

test("--open shows the file, and says where it is when it cannot", async () => {
  const directory = storeRun(temporaryDirectory(), healthyStory());
  const bin = temporaryDirectory();
  const opened = path.join(bin, "opened");
  fs.writeFileSync(path.join(bin, "xdg-open"), `#!/bin/sh\necho "$1" >${opened}\n`, { mode: 0o755 });
  const words = [path.resolve("dist/cli.js"), "report", directory, "--open"];
  const shown = await execute("env", [`PATH=${bin}:/usr/bin:/bin`, process.execPath, ...words]);
  expect([shown.code, shown.stderr]).toEqual([0, ""]);
  expect(fs.readFileSync(opened, "utf8").trim()).toBe(path.join(directory, "report.html"));
  const failed = await execute("env", [`PATH=${bin}/none`, process.execPath, ...words]);
  expect(failed).toMatchObject({ code: 1, stderr: `tablefull: --open: xdg-open cannot be started; open it by hand: ${path.join(directory, "report.html")}\n` });
});
