// A resolver that answers as none should: what it does to a query follows from the last digit of the query's label.
// Usage: node bad-resolver.mjs ADDRESS PORT. Answers come from there; those of another source from the next port.
import { createSocket } from "node:dgram";

const [address, port] = process.argv.slice(2);
const resolver = createSocket("udp4");
const stranger = createSocket("udp4");

/** The answer to `query`, changed by `change`. */
function answerTo(query, change = () => {}) {
  const answer = Buffer.from(query);
  answer[2] |= 0x80;
  change(answer);
  return answer;
}

const DEEDS = {
  0: (query) => [answerTo(query)],
  1: (query) => [answerTo(query, (answer) => (answer[0] ^= 0xff))],
  2: () => [],
  3: (query) => [answerTo(query, (answer) => (answer[answer.length - 3] = 28))],
  4: () => [Buffer.from("hi!")],
  5: (query) => [query],
  6: (query) => [answerTo(query, (answer) => (answer[2] |= 0x02))],
  7: (query) => [Buffer.concat([answerTo(query), Buffer.alloc(700)])],
  8: (query) => [answerTo(query), answerTo(query)],
  // The label's first digit is of queries that this load never reaches.
  9: (query) => [answerTo(query, (answer) => (answer[13] = 0x66))],
};

resolver.on("message", (query, { address: to, port: toPort }) => {
  const digit = String.fromCharCode(query[20]);
  // From elsewhere; in hexadecimal, a to f are answered as 0 is.
  if (digit === "2") stranger.send(answerTo(query), toPort, to);
  for (const answer of (DEEDS[digit] ?? DEEDS[0])(query)) resolver.send(answer, toPort, to);
});
stranger.bind(Number(port) + 1, address, () => resolver.bind(Number(port), address));
