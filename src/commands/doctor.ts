import { diagnose } from "../analysis/diagnose.ts";
import { UserError } from "../errors.ts";
import { renderDiagnosis } from "../report/doctor.ts";
import { readHostFacts } from "../run/host-facts.ts";
import { parseRate } from "../scenario/units.ts";
import { read, withUnit } from "./load-flags.ts";
import { reportStyle } from "./terminal.ts";

const EXIT_CODES = { fine: 0, "at risk": 1, failing: 2 } as const;
const DEFAULT_RATE_PPS = 2000;

/** `tablefull doctor`: one screen about this machine. Gives the exit code: 0 fine, 1 at risk, 2 failing now. */
export async function doctorCommand({ json, rate }: { json: boolean; rate?: string | undefined }): Promise<number> {
  const ratePps = read("--rate", rate, (text) => parseRate(withUnit(text, "/s")));
  if (ratePps === null) throw new UserError("--rate: the model needs a number; write for example 2000/s");
  const facts = await readHostFacts();
  const diagnosis = diagnose(facts, { ratePps: ratePps ?? DEFAULT_RATE_PPS });
  process.stdout.write(json ? `${JSON.stringify({ ...diagnosis, facts }, null, 2)}\n` : renderDiagnosis(facts, diagnosis, reportStyle()));
  return EXIT_CODES[diagnosis.level];
}
