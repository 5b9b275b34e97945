import type { Client } from "./client.ts";
import type { FunctionConfiguration } from "./types.ts";

/** Every function of the region. */
export async function listFunctions(client: Client): Promise<FunctionConfiguration[]> {
  const functions: FunctionConfiguration[] = [];
  let marker: string | undefined;
  do {
    const page = await client.call("lambda.ListFunctions", marker === undefined ? {} : { Marker: marker });
    functions.push(...(page.Functions ?? []));
    marker = page.NextMarker;
  } while (marker !== undefined);
  return functions;
}
