import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { geometric, linear, powersOfTwo, stepped, table, type SizeClasses } from "@heapwright/sizes";

const eightByteSteps = Array.from({ length: 64 }, (_, i) => (i + 1) * 8);

const FAMILIES: [string, SizeClasses][] = [
  ["powers of two from 16 to 65536", powersOfTwo(16, 65536)],
  ["one power of two", powersOfTwo(64, 64)],
  ["from 1 byte", powersOfTwo(1, 4096)],
  ["steps of 16 to 1024", linear(16, 1024)],
  ["steps of 24 to 2400", linear(24, 2400)],
  ["one step", linear(7, 7)],
  ["base 1.2, as Hoard's", geometric({ smallest: 8, largest: 32768, base: 1.2, multiple: 8 })],
  ["base 2", geometric({ smallest: 16, largest: 4096, base: 2, multiple: 16 })],
  ["base 1.05, held back by the multiple", geometric({ smallest: 16, largest: 4000, base: 1.05, multiple: 16 })],
  ["one geometric class", geometric({ smallest: 48, largest: 48, base: 3, multiple: 16 })],
  ["four steps a doubling", stepped({ smallest: 16, largest: 8192, steps: 4 })],
  ["eight steps a doubling, cut short", stepped({ smallest: 16, largest: 2000, steps: 8 })],
  ["doublings alone", stepped({ smallest: 16, largest: 1024, steps: 1 })],
  ["steps from 1 byte", stepped({ smallest: 1, largest: 4096, steps: 16 })],
  ["a table of odd sizes", table([3, 5, 6, 100, 1001])],
  ["a table of 8-byte steps and more", table([...eightByteSteps, 576, 1024, 10752])],
  ["one size", table([1])],
];

describe.each(FAMILIES)("%s", (_, classes) => {
  test("sizes ascend to the maximum", () => {
    const sizes = Array.from({ length: classes.count }, (_, sizeClass) => classes.bytesOf(sizeClass));
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
    expect(sizes.at(-1)).toBe(classes.maximum);
  });

  test("every request gets the smallest class that holds it", () => {
    let expected = 0;
    for (let bytes = 0; bytes <= classes.maximum; bytes++) {
      if (bytes > classes.bytesOf(expected)) expected++;
      if (classes.classOf(bytes) !== expected) expect([bytes, classes.classOf(bytes)]).toEqual([bytes, expected]);
    }
  });
});

test("stepped classes are even up to two rounds of steps, and then as far apart as the doubling wants", () => {
  const sizesOf = (classes: SizeClasses): number[] => Array.from({ length: classes.count }, (_, sizeClass) => classes.bytesOf(sizeClass));
  expect(sizesOf(stepped({ smallest: 16, largest: 320, steps: 4 }))).toEqual([16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]);
  const all = stepped({ smallest: 1, largest: 2 ** 31, steps: 2 });
  expect(sizesOf(all).slice(-3)).toEqual([2 ** 30, 1.5 * 2 ** 30, 2 ** 31]);
  expect([2 ** 30, 2 ** 30 + 1, 2 ** 31].map((bytes) => all.count - all.classOf(bytes))).toEqual([3, 2, 1]);
});

/** The first request from `first` on that wastes `bound` bytes or more, if there is one. */
function tooWasteful(classes: SizeClasses, first: number, bound: (bytes: number) => number): number | undefined {
  for (let bytes = first; bytes <= classes.maximum; bytes++) {
    if (classes.bytesOf(classes.classOf(bytes)) - bytes >= bound(bytes)) return bytes;
  }
  return undefined;
}

describe("waste", () => {
  test("of doubling classes is less than the request", () => {
    expect(tooWasteful(powersOfTwo(16, 2 ** 20), 17, (bytes) => bytes)).toBeUndefined();
  });

  test("of even classes is less than a step", () => {
    expect(tooWasteful(linear(48, 4800), 1, () => 48)).toBeUndefined();
  });

  test("of stepped classes is less than a step of the doubling", () => {
    expect(tooWasteful(stepped({ smallest: 16, largest: 2 ** 16, steps: 4 }), 17, (bytes) => Math.max(16, bytes / 4))).toBeUndefined();
    expect(tooWasteful(stepped({ smallest: 16, largest: 2 ** 16, steps: 4 }), 17, (bytes) => Math.max(16, bytes / 5))).toBeDefined();
  });

  test("of geometric classes is less than a fraction of the request, or one multiple", () => {
    const parameters = fc.record({
      first: fc.integer({ min: 1, max: 20 }),
      steps: fc.integer({ min: 0, max: 2000 }),
      base: fc.double({ min: 1.01, max: 4, noNaN: true }),
      multiple: fc.constantFrom(1, 8, 12, 16, 64),
    });
    fc.assert(
      fc.property(parameters, ({ first, steps, base, multiple }) => {
        const classes = geometric({ smallest: first * multiple, largest: (first + steps) * multiple, base, multiple });
        const sizes = Array.from({ length: classes.count }, (_, sizeClass) => classes.bytesOf(sizeClass));
        expect(sizes.filter((size) => size % multiple !== 0)).toEqual([]);
        expect(tooWasteful(classes, first * multiple + 1, (bytes) => Math.max(multiple, (base - 1) * bytes))).toBeUndefined();
      }),
    );
  });
});

test("a table answers as a search through the sizes does", () => {
  const sizes = fc.uniqueArray(fc.integer({ min: 1, max: 20000 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(sizes, fc.double({ min: 0, max: 1, noNaN: true }), (unsorted, share) => {
      const sorted = unsorted.sort((a, b) => a - b);
      const classes = table(sorted);
      const bytes = Math.floor(share * classes.maximum);
      expect(classes.classOf(bytes)).toBe(sorted.findIndex((size) => size >= bytes));
    }),
  );
});

test("classes reach 2^31 bytes", () => {
  const doubling = powersOfTwo(2 ** 30, 2 ** 31);
  expect([doubling.classOf(2 ** 30), doubling.classOf(2 ** 30 + 1), doubling.classOf(2 ** 31)]).toEqual([0, 1, 1]);
  const even = linear(2 ** 30, 2 ** 31);
  expect([even.classOf(2 ** 30), even.classOf(2 ** 30 + 1), even.classOf(2 ** 31)]).toEqual([0, 1, 1]);
  const looked = table([2 ** 20, 2 ** 31]);
  expect([looked.classOf(2 ** 20), looked.classOf(2 ** 20 + 1), looked.classOf(2 ** 31)]).toEqual([0, 1, 1]);
  expect(looked.bytesOf(1)).toBe(2 ** 31);
});

test.each<[string, () => SizeClasses, RegExp]>([
  ["no power of two", () => powersOfTwo(24, 64), /smallest must be a power of two, not 24/],
  ["no power of two above", () => powersOfTwo(16, 65), /largest must be a power of two, not 65/],
  ["the wrong order", () => powersOfTwo(64, 16), /smallest, 64, must not be above largest, 16/],
  ["nothing", () => powersOfTwo(0, 16), /smallest must be an integer from 1/],
  ["too much", () => powersOfTwo(16, 2 ** 32), /largest must be an integer from 1/],
  ["no number", () => linear(Number.NaN, 64), /step must be an integer/],
  ["half a byte", () => linear(0.5, 64), /step must be an integer/],
  ["an uneven end", () => linear(16, 100), /largest must be a multiple of 16, not 100/],
  ["no classes", () => table([]), /1 to 65536 sizes, not 0/],
  ["a size twice", () => table([8, 8]), /sizes\[1\], 8, must be above sizes\[0\], 8/],
  ["a size of 0", () => table([0, 8]), /sizes\[0\] must be an integer from 1/],
  ["a table too large", () => table([1, 2 ** 30]), /more than 4194304/],
  ["a base of 1", () => geometric({ smallest: 16, largest: 64, base: 1, multiple: 16 }), /base must be a finite number above 1/],
  ["a base that is no number", () => geometric({ smallest: 16, largest: 64, base: Number.NaN, multiple: 16 }), /base must be/],
  ["an endless base", () => geometric({ smallest: 16, largest: 64, base: Infinity, multiple: 16 }), /base must be/],
  ["a size between multiples", () => geometric({ smallest: 20, largest: 64, base: 2, multiple: 16 }), /smallest must be a multiple of 16/],
  ["an end between multiples", () => geometric({ smallest: 16, largest: 65, base: 2, multiple: 16 }), /largest must be a multiple of 16/],
  ["three steps", () => stepped({ smallest: 16, largest: 64, steps: 3 }), /steps must be a power of two/],
  ["a step that ends between", () => stepped({ smallest: 16, largest: 65, steps: 4 }), /largest must be a multiple of 16/],
  ["a table of nothing", () => table(null as never), /sizes must be an array of numbers/],
  ["a table of a number", () => table(5 as never), /sizes must be an array of numbers/],
  ["a table of an object", () => table({} as never), /sizes must be an array of numbers/],
  ["a table with a hole", () => table(Object.assign([], { 0: 8, 2: 24 })), /sizes\[1\] must be an integer from 1 to 2147483648, not undefined/],
  ["nothing for geometric sizes", () => geometric(null as never), /multiple must be an integer from 1 to 2147483648, not undefined/],
  ["nothing for stepped sizes", () => stepped(null as never), /smallest must be an integer from 1 to 2147483648, not undefined/],
  ["a symbol", () => linear(Symbol("16") as never, 64), /step must be an integer from 1 to 2147483648, not Symbol\(16\)/],
  ["an object without a text", () => powersOfTwo(16, Object.create(null) as never), /largest must be an integer .* not a value of type object/],
  ["an object that throws", () => table([{ toString: () => { throw new Error("asked"); } } as never]), /sizes\[0\] must be .* not a value of type object/],
  ["a symbol for a base", () => geometric({ smallest: 16, largest: 64, base: Symbol.iterator as never, multiple: 16 }), /base must be .* not Symbol/],
  ["a multiple of 0", () => geometric({ smallest: 16, largest: 64, base: 2, multiple: 0 }), /multiple must be an integer/],
])("%s is refused", (_, build, message) => {
  expect(build).toThrow(RangeError);
  expect(build).toThrow(message);
});
