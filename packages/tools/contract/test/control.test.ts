import { expect, test } from "vitest";
import { Control } from "../src/stress/control.js";

test("slots, rows and mailboxes do not share words", () => {
  const control = Control.make(3, 5, 4);
  for (let row = 0; row < 3; row++) {
    control.setThread(row, 100 + row);
    control.begin(row, "sending");
    for (let slot = 0; slot < 5; slot++) control.put(row, slot, { address: 4e9 + row * 16 + slot * 256, size: slot, seed: -row });
  }
  for (let mailbox = 0; mailbox < 4; mailbox++) expect(control.exchange(mailbox, 3e9 + mailbox * 16)).toBe(0);
  const other = Control.over(control.buffer, 3);
  for (let row = 0; row < 3; row++) {
    expect([other.threadOf(row), other.doing(row), other.operationsOf(row)]).toEqual([100 + row, "sending", 0]);
    for (let slot = 0; slot < 5; slot++) {
      expect(other.take(row, slot)).toEqual({ address: 4e9 + row * 16 + slot * 256, size: slot, seed: row === 0 ? 0 : -row });
      expect(other.take(row, slot)).toBeUndefined();
    }
  }
  for (let mailbox = 0; mailbox < 4; mailbox++) expect(other.exchange(mailbox, 0)).toBe(3e9 + mailbox * 16);
  expect(control.stopped).toBe(false);
  other.stop();
  expect(control.stopped).toBe(true);
});
