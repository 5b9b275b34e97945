import { eventsLinks } from "./links/events.ts";
import { lambdaLinks } from "./links/lambda.ts";
import { logsLinks } from "./links/logs.ts";
import { schedulerLinks } from "./links/scheduler.ts";
import { secretsmanagerLinks } from "./links/secretsmanager.ts";
import { ssmLinks } from "./links/ssm.ts";
import { statesLinks } from "./links/states.ts";
import { stsLinks } from "./links/sts.ts";

/**
 * Which shape of the constraints a member has where the client's schema does not say. The client names structures
 * and some lists, but its plain strings and numbers have lost their names. Keys are `Structure.Member`, followed by
 * `[]` for a list's member, `{key}` or `{value}` for a map's; or the name of a list or map in place of the member.
 */
export type Links = Readonly<Record<string, string>>;

/** A service whose schema is generated. */
export interface Source {
  /** The service's name in the operation table and of its file: `lambda`, `states`. */
  readonly service: string;
  /** A dev dependency of this package. */
  readonly client: string;
  readonly links: Links;
  /** Of answers in XML, where the client has none because it speaks another protocol. */
  readonly xmlNamespace?: string;
}

/** To add a service: its client as an exact dev dependency, `constraints/SERVICE.json`, its links, and a line here. */
export const SOURCES: readonly Source[] = [
  { service: "lambda", client: "@aws-sdk/client-lambda", links: lambdaLinks },
  { service: "logs", client: "@aws-sdk/client-cloudwatch-logs", links: logsLinks },
  { service: "events", client: "@aws-sdk/client-eventbridge", links: eventsLinks },
  { service: "scheduler", client: "@aws-sdk/client-scheduler", links: schedulerLinks },
  { service: "secretsmanager", client: "@aws-sdk/client-secrets-manager", links: secretsmanagerLinks },
  { service: "sns", client: "@aws-sdk/client-sns", links: {} },
  {
    service: "sqs",
    client: "@aws-sdk/client-sqs",
    links: {},
    xmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/",
  },
  { service: "ssm", client: "@aws-sdk/client-ssm", links: ssmLinks },
  { service: "states", client: "@aws-sdk/client-sfn", links: statesLinks },
  { service: "sts", client: "@aws-sdk/client-sts", links: stsLinks },
];
