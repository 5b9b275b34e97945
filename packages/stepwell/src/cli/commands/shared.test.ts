import { expect, test } from "vitest";
import { parseFolder, parseStore } from "./shared.ts";

test.for(["data", "./a:b", "file:data", "C:\\data", "C:/data", "C://data"])(
  "%s is a folder's name, not a URL",
  (folder) => {
    expect(parseStore(folder)).toBe(folder);
    expect(parseFolder(folder)).toBe(folder);
  },
);
