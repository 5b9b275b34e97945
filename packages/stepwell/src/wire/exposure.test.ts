import { expect, test } from "vitest";
import { refuseOpenServer } from "./exposure.ts";

test.for(["127.0.0.1", "127.1.2.3", "::1", "localhost"])("%s is this machine's alone", (host) => {
  expect(() => refuseOpenServer(host, false)).not.toThrow();
});

test.for(["0.0.0.0", "::", "192.168.1.7", "example.com", "128.0.0.1", "::2", "127.0.0.1.example.com", ""])(
  "'%s' may be reached by others, so requests must be signed there",
  (host) => {
    expect(() => refuseOpenServer(host, false)).toThrow(/could run code on this machine/);
    expect(() => refuseOpenServer(host, true)).not.toThrow();
  },
);
