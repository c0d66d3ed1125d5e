import { createRequire } from "node:module";

/** dns-packet, required: to import it, Node would search its text for names first, which takes longer than all that it then does before the first packet. */
export const { decode, encode, RECURSION_DESIRED } = createRequire(import.meta.url)("dns-packet") as typeof import("dns-packet");
