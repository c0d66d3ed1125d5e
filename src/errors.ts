/** Exit codes of every command, as documented in README. 99 is k6's code for a crossed threshold, 70 is EX_SOFTWARE of sysexits.h. */
export const EXIT = {
  ok: 0,
  userMistake: 1,
  bug: 70,
  expectationFailed: 99,
  interrupted: 130,
} as const;

/**
 * Something the person at the keyboard can mend: a wrong flag, a bad scenario, a kernel that refuses.
 * Its message is shown alone, without a stack, and says what is wrong, where, and what to type instead.
 * Any other error is a bug of this program and keeps its stack.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";
}

/** A UserError that is no fault of the input: this machine cannot hold a lab. */
export class MachineError extends UserError {
  override readonly name = "MachineError";
}

/** The `code` of a Node system error (`"EPERM"`), or null when the value carries none. */
export function errnoOf(error: unknown): string | null {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return null;
}
