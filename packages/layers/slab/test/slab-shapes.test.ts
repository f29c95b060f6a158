/** The arithmetic of slabs is exact: multiplying by an inverse does what a division would, for every class and every offset in a page. */
import { PAGE_BYTES } from "@heapwright/core";
import { describe, expect, it } from "vitest";
import { classOf, liveWord, PRIVATE_PAGE, PRIVATE_UNIT, startOf, UNIT_BIT_WORDS, UNIT_BYTES, UNITS, unitOf, unitValue, unitWord, wayOf } from "../src/private/private-layout.js";
import { Inverse, SlabShapes } from "../src/private/slab-shapes.js";

const shapes = new SlabShapes(8192);
const classes = Array.from(shapes.blockBytes, (bytes, c) => ({ c, bytes }));

describe("slab shapes", () => {
  it.each(classes)("blocks of $bytes bytes are found by the inverse of their size, wherever in a page", ({ c, bytes }) => {
    for (let offset = 0; offset < PAGE_BYTES; offset++) {
      const expected = offset % bytes === 0 ? offset / bytes : -1;
      if (shapes.indexAt(c, offset) !== expected) expect([offset, shapes.indexAt(c, offset)]).toEqual([offset, expected]);
    }
    expect(shapes.indexAt(c, -bytes)).toBe(-1);
  });

  it.each(classes)("a product's fraction tells the starts of blocks of $bytes bytes from what is inside", ({ c, bytes }) => {
    for (let offset = 0; offset < PAGE_BYTES; offset += 16) {
      const fraction = (Math.imul(offset >> 4, shapes.inverses[c]) << Inverse.aboveFraction) >>> Inverse.aboveFraction;
      if (fraction < shapes.inverses[c] !== (offset % bytes === 0)) expect.fail(`${offset} is taken for ${fraction < shapes.inverses[c] ? "a start" : "no start"}`);
    }
  });

  it.each(classes)("as many blocks of $bytes bytes are counted as have room", ({ c, bytes }) => {
    for (let room = 0; room < PAGE_BYTES; room++) {
      const counted = shapes.capacity(c, 4096, 4096 + room);
      if (counted !== Math.floor(room / bytes)) expect([room, counted]).toEqual([room, Math.floor(room / bytes)]);
    }
  });

  it("words and units are where the layout says", () => {
    for (const page of [PAGE_BYTES, 2 ** 32 - PAGE_BYTES]) {
      for (let unit = 0; unit < UNITS; unit++) {
        const address = page + unit * UNIT_BYTES + 16;
        expect(unitOf(address)).toBe(unit);
        expect(unitWord(address)).toBe(page / 4 + PRIVATE_PAGE.units + unit);
        expect(liveWord(address)).toBe(page / 4 + PRIVATE_PAGE.live + unit * UNIT_BIT_WORDS);
      }
    }
  });

  it("a unit's word says what its fields do", () => {
    const word = unitValue(PAGE_BYTES + 0xabc0, 5, 0x1234);
    expect([wayOf(word), classOf(word), startOf(0, word)]).toEqual([PRIVATE_UNIT.way.get(word), PRIVATE_UNIT.sizeClass.get(word), PRIVATE_UNIT.start.get(word) * 16]);
    expect([wayOf(word), classOf(word), startOf(0, word)]).toEqual([5, 0x1234, 0xabc0]);
  });

  it("a product's places are told apart where its parts meet", () => {
    expect(Inverse.aboveFraction).toBe(32 - Inverse.bits);
    expect(2 ** (Inverse.wordBits - Inverse.bits)).toBe(32);
  });

  it("bits of a live word stand for the blocks that there are", () => {
    const expected = (k: number, capacity: number): number => {
      let bits = 0;
      for (let i = 0; i < 32; i++) if (k * 32 + i < capacity) bits |= 1 << i;
      return bits;
    };
    for (let capacity = 1; capacity <= 200; capacity++) {
      for (let k = 0; k < 8; k++) expect([capacity, k, shapes.bits(k, capacity)]).toEqual([capacity, k, expected(k, capacity)]);
    }
  });
});
