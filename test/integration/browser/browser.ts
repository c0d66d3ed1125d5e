import fs from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"] as const;

/** A page in a real browser, and all that it complained about or asked the network for. */
export interface Seen {
  page: Page;
  complaints: string[];
}

/** Describes tests that need a browser; in CI a missing one fails, elsewhere it skips and says why. */
export function describeBrowser(name: string, body: (open: (file: string, how?: { width?: number; dark?: boolean }) => Promise<Seen>) => void): void {
  const executablePath = BROWSERS.find((file) => fs.existsSync(file));
  if (executablePath === undefined && !process.env["CI"]) {
    describe.skip(`${name} (skipped: no browser of ${BROWSERS.join(", ")})`, () => {});
    return;
  }
  describe(name, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: executablePath ?? BROWSERS[0], args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
    });
    afterAll(() => browser?.close());
    body(async (file, { width = 1280, dark = false } = {}) => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: dark ? "dark" : "light" });
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(`console: ${message.text()}`));
      page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
      page.on("request", (request) => {
        if (request.url() !== `file://${file}`) complaints.push(`request: ${request.url().slice(0, 100)}`);
      });
      await page.goto(`file://${file}`);
      return { page, complaints };
    });
  });
}

/** Text whose contrast with its background is below WCAG's AA, as "ratio text". */
export async function lowContrast(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
    const parse = (css: string): [number, number, number, number] => {
      if (context === null) throw new Error("no canvas");
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = css;
      context.fillRect(0, 0, 1, 1);
      const [r = 0, g = 0, b = 0, a = 0] = context.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a];
    };
    const luminance = ([r, g, b]: readonly number[]): number => {
      const [x = 0, y = 0, z = 0] = [r, g, b].map((value) => {
        const share = (value ?? 0) / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const background = (element: Element | null): readonly number[] => {
      if (element === null) return [255, 255, 255];
      const own = parse(getComputedStyle(element).backgroundColor);
      return own[3] === 255 ? own : background(element.parentElement);
    };
    const low: string[] = [];
    for (const element of document.querySelectorAll("body *")) {
      const text = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent?.trim()).join("");
      const style = getComputedStyle(element);
      if (text === "" || element.closest("script, [hidden], noscript") !== null || style.display === "none") continue;
      const [a, b] = [luminance(parse(style.color)), luminance(background(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const large = Number.parseFloat(style.fontSize) >= 24 || (Number.parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) low.push(`${ratio.toFixed(2)} ${text.slice(0, 40)}`);
    }
    // Lines of charts against what they are drawn on: 3 to 1.
    const root = getComputedStyle(document.documentElement);
    for (const name of ["c1", "c2", "c3", "c4", "c5", "c6"]) {
      for (const under of ["card", "band", "band-2"]) {
        const [a, b] = [luminance(parse(root.getPropertyValue(`--${name}`))), luminance(parse(root.getPropertyValue(`--${under}`)))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 3) low.push(`${ratio.toFixed(2)} line ${name} on ${under}`);
      }
    }
    return low;
  });
}
