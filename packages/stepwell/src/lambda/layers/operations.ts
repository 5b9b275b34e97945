import { pathToFileURL } from "node:url";
import type { CallContext } from "../../kernel/context.ts";
import type { Operation } from "../../kernel/operations.ts";
import type { Store } from "../../store/store.ts";
import type { StoredFunctions } from "../catalog.ts";
import { notFound } from "../errors.ts";
import { type PageInput, pageOf } from "../page.ts";
import { awsTime } from "../record.ts";
import type { CodeInput, CodeUploads } from "../source.ts";
import {
  layerArn,
  layerVersionArn,
  parseLayerName,
  parseLayerVersion,
  parseLayerVersionArn,
} from "./reference.ts";
import { type LayerVersion, layers } from "./table.ts";

interface PublishInput {
  readonly LayerName: string;
  readonly Content: CodeInput;
  readonly Description?: string;
  readonly LicenseInfo?: string;
  readonly CompatibleRuntimes?: readonly string[];
  readonly CompatibleArchitectures?: readonly string[];
}

interface VersionInput {
  readonly LayerName: string;
  readonly VersionNumber: number;
}

interface ListInput extends PageInput {
  readonly CompatibleRuntime?: string;
  readonly CompatibleArchitecture?: string;
}

interface LayerOptions {
  readonly store: Store;
  readonly catalog: StoredFunctions;
  readonly uploads: CodeUploads;
}

/** What makes, shows and removes layers (https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html). */
export function layerOperations({ store, catalog, uploads }: LayerOptions) {
  const withContent = async (layer: LayerVersion | undefined) => {
    if (!layer) throw notFound("The resource you requested does not exist.");
    const folder = await catalog.unpacked(layer.sha256);
    return {
      ...summary(layer),
      LayerArn: layerArn(layer, layer.name),
      Content: {
        Location: pathToFileURL(folder).href,
        CodeSha256: Buffer.from(layer.sha256, "hex").toString("base64"),
        CodeSize: layer.sizeBytes,
      },
    };
  };

  return {
    async PublishLayerVersion(context: CallContext, input: PublishInput) {
      const name = parseLayerName(context, input.LayerName);
      const { Description, LicenseInfo, CompatibleRuntimes, CompatibleArchitectures } = input;
      const layer = await layers.publish(store, context, name, {
        ...(await uploads.takePackage("PublishLayerVersion", input.Content)),
        description: Description ?? "",
        ...(LicenseInfo === undefined ? {} : { licenseInfo: LicenseInfo }),
        ...(CompatibleRuntimes === undefined ? {} : { runtimes: CompatibleRuntimes }),
        ...(CompatibleArchitectures === undefined ? {} : { architectures: CompatibleArchitectures }),
        createdAtMs: context.clock.now(),
      });
      return withContent(layer);
    },
    async GetLayerVersion(context: CallContext, input: VersionInput) {
      const key = parseLayerVersion(context, input.LayerName, input.VersionNumber);
      return withContent(await layers.find(store, key));
    },
    async GetLayerVersionByArn(context: CallContext, { Arn }: { readonly Arn: string }) {
      const key = parseLayerVersionArn(Arn);
      const mine = key?.account === context.account && key.region === context.region;
      return withContent(mine ? await layers.find(store, key) : undefined);
    },
    async DeleteLayerVersion(context: CallContext, input: VersionInput) {
      await layers.delete(store, parseLayerVersion(context, input.LayerName, input.VersionNumber));
      return {};
    },
    async ListLayerVersions(context: CallContext, input: ListInput & { readonly LayerName: string }) {
      const all = await layers.list(store, context, parseLayerName(context, input.LayerName));
      const fitting = all.filter((layer) => fits(layer, input));
      const { items, ...more } = pageOf(
        "ListLayerVersions",
        fitting,
        ({ version }) => String(version),
        input,
      );
      return { LayerVersions: items.map(summary), ...more };
    },
    async ListLayers(context: CallContext, input: ListInput) {
      const fitting = (await layers.list(store, context)).filter((layer) => fits(layer, input));
      const newest = fitting.filter(({ name }, at) => name !== fitting[at - 1]?.name);
      const { items, ...more } = pageOf("ListLayers", newest, ({ name }) => name, input);
      return {
        Layers: items.map((layer) => ({
          LayerName: layer.name,
          LayerArn: layerArn(layer, layer.name),
          LatestMatchingVersion: summary(layer),
        })),
        ...more,
      };
    },
  } satisfies Record<string, Operation>;
}

function summary(layer: LayerVersion) {
  const { version, description, createdAtMs, runtimes, architectures, licenseInfo } = layer;
  return {
    LayerVersionArn: layerVersionArn(layer),
    Version: version,
    Description: description,
    CreatedDate: awsTime(createdAtMs),
    ...(runtimes ? { CompatibleRuntimes: runtimes } : {}),
    ...(architectures ? { CompatibleArchitectures: architectures } : {}),
    ...(licenseInfo === undefined ? {} : { LicenseInfo: licenseInfo }),
  };
}

function fits(
  { runtimes, architectures }: LayerVersion,
  { CompatibleRuntime, CompatibleArchitecture }: ListInput,
) {
  return (
    (CompatibleRuntime === undefined || runtimes?.includes(CompatibleRuntime) === true) &&
    (CompatibleArchitecture === undefined || architectures?.includes(CompatibleArchitecture) === true)
  );
}
