import { notSupported } from "../../kernel/errors.ts";

/** Members of requests that belong to sources or services that Stepwell does not have. */
export interface UnsupportedInput {
  readonly MetricsConfig?: { readonly Metrics?: readonly unknown[] };
  readonly LoggingConfig?: object;
  readonly ProvisionedPollerConfig?: object;
  readonly Topics?: readonly unknown[];
  readonly Queues?: readonly unknown[];
  readonly SourceAccessConfigurations?: readonly unknown[];
  readonly SelfManagedEventSource?: object;
  readonly AmazonManagedKafkaEventSourceConfig?: object;
  readonly SelfManagedKafkaEventSourceConfig?: object;
  readonly DocumentDBEventSourceConfig?: object;
}

const INSTEAD = "Leave it out.";

/** Refuses, by name, what would be missing if it were ignored; empty members ask for nothing. */
export function refuseUnsupported(input: UnsupportedInput): void {
  for (const [name, asked, what] of [
    ["SelfManagedEventSource", input.SelfManagedEventSource, "Kafka"],
    ["AmazonManagedKafkaEventSourceConfig", input.AmazonManagedKafkaEventSourceConfig, "Kafka"],
    ["SelfManagedKafkaEventSourceConfig", input.SelfManagedKafkaEventSourceConfig, "Kafka"],
    ["Topics", input.Topics, "Kafka"],
    ["Queues", input.Queues, "Amazon MQ"],
    ["SourceAccessConfigurations", input.SourceAccessConfigurations, "Kafka and Amazon MQ"],
    ["DocumentDBEventSourceConfig", input.DocumentDBEventSourceConfig, "DocumentDB"],
  ] as const) {
    if (filled(asked))
      throw notSupported(`event source mappings of ${what} (${name})`, "Map a queue of SQS.");
  }
  if (filled(input.MetricsConfig?.Metrics))
    throw notSupported("metrics of mappings (MetricsConfig)", INSTEAD);
  if (filled(input.LoggingConfig)) throw notSupported("logs of mappings (LoggingConfig)", INSTEAD);
  if (filled(input.ProvisionedPollerConfig)) {
    throw notSupported("provisioned pollers of mappings (ProvisionedPollerConfig)", INSTEAD);
  }
}

function filled(member: object | undefined): boolean {
  return member !== undefined && Object.keys(member).length > 0;
}
