import { diagnose } from "../analysis/diagnose.ts";
import { renderDiagnosis } from "../report/doctor.ts";
import { readHostFacts } from "../run/host-facts.ts";
import { parseFiniteRate } from "../scenario/units.ts";
import { defineCommand } from "./command.ts";
import { jsonFlag } from "./flags.ts";
import { read, withUnit } from "./load-flags.ts";
import { reportStyle } from "./terminal.ts";

const EXIT_CODES = { fine: 0, "at risk": 1, failing: 2 } as const;
const DEFAULT_RATE_PPS = 2000;

export const DOCTOR_COMMAND = defineCommand<DoctorArguments>({
  options: {
    Options: {
      rate: { alias: "Q", type: "string", describe: `new flows per second to predict for: 2000/s, 50k/s (default ${DEFAULT_RATE_PPS}/s)` },
      json: jsonFlag("facts and diagnosis"),
    },
  },
  examples: [
    { words: "doctor", about: "this machine as it is; root sees more" },
    { words: "doctor --rate 50k/s", about: "would it hold a load like that?" },
    { words: "doctor --json | jq .level", about: "one word for a script" },
  ],
  exitCodes: { [EXIT_CODES.fine]: "fine", [EXIT_CODES["at risk"]]: "at risk, or a flag that cannot be read", [EXIT_CODES.failing]: "failing now" },
  carryOut: doctorCommand,
});

interface DoctorArguments {
  json: boolean;
  rate?: string | undefined;
}

/** `tablefull doctor`: one screen about this machine. Gives the exit code: 0 fine, 1 at risk (as of a UserError), 2 failing now. */
async function doctorCommand({ json, rate }: DoctorArguments): Promise<number> {
  const ratePps = read("--rate", rate, (text) => parseFiniteRate(withUnit(text, "/s")));
  const facts = await readHostFacts();
  const diagnosis = diagnose(facts, { ratePps: ratePps ?? DEFAULT_RATE_PPS });
  process.stdout.write(json ? `${JSON.stringify({ ...diagnosis, facts }, null, 2)}\n` : renderDiagnosis(facts, diagnosis, reportStyle()));
  return EXIT_CODES[diagnosis.level];
}
