import { expect, test } from "vitest";
import { boundedLabel, Metrics } from "./metrics.ts";

test("counters, values and histograms are told as Prometheus reads them", async () => {
  const metrics = new Metrics();
  const claims = metrics.counter("claims_total", "Claims.");
  claims.add(1, { result: "found" });
  claims.add(2, { result: "nothing" });
  claims.add(1, { result: "found" });
  metrics.gauge("depth", "Depth.", async () => [{ labels: { kind: "a" }, value: 3 }, { value: 0.5 }]);
  const sizes = metrics.histogram("size", "Sizes.", [1, 10]);
  sizes.observe(1);
  sizes.observe(10, {}, 2);
  sizes.observe(11);
  expect(await metrics.text()).toBe(
    [
      "# HELP claims_total Claims.",
      "# TYPE claims_total counter",
      'claims_total{result="found"} 2',
      'claims_total{result="nothing"} 2',
      "# HELP depth Depth.",
      "# TYPE depth gauge",
      'depth{kind="a"} 3',
      "depth 0.5",
      "# HELP size Sizes.",
      "# TYPE size histogram",
      'size_bucket{le="1"} 1',
      'size_bucket{le="10"} 3',
      'size_bucket{le="+Inf"} 4',
      "size_sum 32",
      "size_count 4",
      "",
    ].join("\n"),
  );
});

test("a label's value may have any character", async () => {
  const metrics = new Metrics();
  metrics.counter("a_total", "A.").add(1, { name: 'a"b\\c\nd' });
  expect(await metrics.text()).toContain('a_total{name="a\\"b\\\\c\\nd"} 1');
});

test("what cannot be read, and what nothing is known of yet, has no value", async () => {
  const metrics = new Metrics();
  metrics.counter("never_total", "Never.");
  metrics.gauge("broken", "Broken.", () => Promise.reject(new Error("the database is away")));
  metrics.gauge("broken_at_once", "Broken.", () => {
    throw new Error("the database is away");
  });
  metrics.gauge("whole", "Whole.", () => [{ value: 1 }]);
  expect((await metrics.text()).split("\n").filter((line) => !line.startsWith("#"))).toEqual(["whole 1", ""]);
});

test("a name is declared once", () => {
  const metrics = new Metrics();
  metrics.counter("a", "A.");
  expect(() => metrics.histogram("a", "A.", [1])).toThrow(/"a" is declared twice/);
});

test("a label has a bounded number of values", () => {
  const name = boundedLabel(2);
  expect(["a", "b", "c", "a", "d"].map(name)).toEqual(["a", "b", "other", "a", "other"]);
});
