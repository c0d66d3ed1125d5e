import fs from "node:fs";
import path from "node:path";
import { errnoOf, MachineError, UserError } from "../errors.ts";
import type { Machine } from "../plan/plan.ts";
import { renderJunit } from "../report/junit.ts";
import type { JunitSuite } from "../report/junit.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { CATALOGUE } from "../tuning/catalogue.ts";

/** Throws UserError, before anything is run, where a report could not be written afterwards. */
export function checkJunitFile(file: string): void {
  try {
    if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) throw new UserError(`--junit: ${file} is a directory; write a file, for example junit.xml`);
    fs.accessSync(path.dirname(file), fs.constants.W_OK);
  } catch (error) {
    throw refused(file, error);
  }
}

/** Throws UserError where it cannot be written. */
export function writeJunit(file: string, suite: JunitSuite): void {
  try {
    fs.writeFileSync(file, renderJunit(suite));
  } catch (error) {
    throw refused(file, error);
  }
}

/** Whether it is this machine that cannot carry the scenario out: no fault of the scenario, or of what it tests. */
export function isMachineLack(error: unknown, machine: Machine, { table, tunings }: Pick<Scenario, "table" | "tunings">): boolean {
  if (error instanceof MachineError) return true;
  const setsTable = table.max !== null || table.buckets !== null || tunings.some((name) => CATALOGUE[name].table !== undefined);
  return error instanceof UserError && (machine.max === null || (setsTable && !machine.privileged));
}

function refused(file: string, error: unknown): unknown {
  const code = errnoOf(error);
  return code === null ? error : new UserError(`--junit: ${file} cannot be written (${code}); write a path in a directory that exists and is yours`);
}
