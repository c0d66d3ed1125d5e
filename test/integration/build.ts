import { execFileSync } from "node:child_process";

/** Integration tests run the program as it is shipped, so it must be what the sources say. */
export function setup(): void {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
}
