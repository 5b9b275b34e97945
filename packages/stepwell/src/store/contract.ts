import { afterAll, beforeAll, describe } from "vitest";
import { describeBlobs } from "./contract/blobs.ts";
import { describeClosing } from "./contract/closing.ts";
import { describeCommits } from "./contract/commits.ts";
import { describeOrder } from "./contract/order.ts";
import { type Place, Suite } from "./contract/suite.ts";
import { describeValues } from "./contract/values.ts";

/** Holds a store to the contract of store.ts. Every store runs this one suite. */
export function describeStore(name: string, makePlace: () => Promise<Place>): void {
  describe(name, () => {
    const suite = new Suite(makePlace);
    beforeAll(() => suite.open());
    afterAll(() => suite.close());
    describeCommits(suite);
    describeOrder(suite);
    describeValues(suite);
    describeBlobs(suite);
    describeClosing(suite);
  });
}
