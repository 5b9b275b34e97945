import { notSupported } from "../kernel/errors.ts";
import type { Operation } from "../kernel/operations.ts";

const PARTNERS = "Put events on a bus of your own (CreateEventBus).";
const HTTP = "Have a function call it: functions are targets.";

/** Operations that Stepwell does not have, by what they are about. */
const UNSUPPORTED: readonly (readonly [what: string, instead: string, names: readonly string[]])[] = [
  [
    "API destinations",
    HTTP,
    [
      "CreateApiDestination",
      "DeleteApiDestination",
      "DescribeApiDestination",
      "ListApiDestinations",
      "UpdateApiDestination",
    ],
  ],
  [
    "connections of API destinations",
    HTTP,
    [
      ...["CreateConnection", "DeauthorizeConnection", "DeleteConnection", "DescribeConnection"],
      ...["ListConnections", "UpdateConnection"],
    ],
  ],
  [
    "global endpoints",
    "Events go to a bus of the region that they are sent to.",
    ["CreateEndpoint", "DeleteEndpoint", "DescribeEndpoint", "ListEndpoints", "UpdateEndpoint"],
  ],
  [
    "event sources of partners",
    PARTNERS,
    [
      ...[
        "ActivateEventSource",
        "CreatePartnerEventSource",
        "DeactivateEventSource",
        "DeletePartnerEventSource",
      ],
      ...[
        "DescribeEventSource",
        "DescribePartnerEventSource",
        "ListEventSources",
        "ListPartnerEventSourceAccounts",
      ],
      ...["ListPartnerEventSources", "PutPartnerEvents"],
    ],
  ],
];

/** They are refused by name. */
export const UNSUPPORTED_OPERATIONS: Readonly<Record<string, Operation>> = Object.fromEntries(
  UNSUPPORTED.flatMap(([what, instead, names]) =>
    names.map((name) => [
      name,
      async () => {
        throw notSupported(`${what} (${name})`, instead);
      },
    ]),
  ),
);
