import type { RunningServer } from "../lab/resolvers/resolver.ts";

/** The servers of a lab, which are started once, when somebody needs them or may soon. */
export class LabServers {
  readonly #start: () => Promise<RunningServer[]>;
  #servers: Promise<RunningServer[]> | null = null;

  constructor(start: () => Promise<RunningServer[]>) {
    this.#start = start;
  }

  /** Starts them unless they are started. Whoever waits for them with `serve` is told of an error. */
  begin(): void {
    this.serve().catch(() => {});
  }

  /** Resolves when all serve; rejects with a UserError when one does not start. */
  serve(): Promise<RunningServer[]> {
    return (this.#servers ??= this.#start());
  }

  /** Stops those that were started; one that still starts when it serves. */
  stop(): void {
    this.#servers?.then((servers) => servers.forEach((server) => server.stop())).catch(() => {});
  }
}
