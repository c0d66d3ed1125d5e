import type { Arena, Piece } from "../../../libc/arena.ts";
import { patchQuery } from "../../../wire/query.ts";
import { TURN } from "../../backlog.ts";

/** Room that the packets of a turn take in an arena. */
export function packetsBytes(template: Uint8Array): number {
  return TURN * roomOf(template) + 16;
}

/** A packet for each query of a turn. */
export class Packets {
  readonly length: number;
  readonly #arena: Arena;
  readonly #first: Piece;
  readonly #room: number;

  constructor(arena: Arena, template: Uint8Array) {
    this.length = template.length;
    this.#arena = arena;
    this.#room = roomOf(template);
    this.#first = arena.take(TURN * this.#room);
    for (let i = 0; i < TURN; i++) arena.bytes.set(template, this.#first.offset + i * this.#room);
  }

  /** Makes the packet at a place query number `sequence`, and tells where it is for the kernel. */
  query(place: number, sequence: number): number {
    const at = place * this.#room;
    patchQuery(this.#arena.bytes, this.#first.offset + at, sequence);
    return this.#first.address + at;
  }
}

function roomOf(template: Uint8Array): number {
  return (template.length + 15) & ~15;
}
