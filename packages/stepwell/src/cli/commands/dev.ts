import type { Command } from "commander";
import type { Surroundings } from "./shared.ts";

export function declareDev(_program: Command, _surroundings: Surroundings): void {}
