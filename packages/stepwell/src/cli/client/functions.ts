import type { Client } from "./client.ts";

export interface ListedFunction {
  readonly name: string;
  readonly durable: boolean;
}

/** Every function of the region. */
export async function listFunctions(client: Client): Promise<ListedFunction[]> {
  const functions: ListedFunction[] = [];
  let marker: string | undefined;
  do {
    const page = await client.call("lambda.ListFunctions", marker === undefined ? {} : { Marker: marker });
    for (const { FunctionName, DurableConfig } of page.Functions ?? []) {
      functions.push({ name: FunctionName, durable: DurableConfig !== undefined });
    }
    marker = page.NextMarker;
  } while (marker !== undefined);
  return functions;
}
