import { notSupported } from "../kernel/errors.ts";
import type { Operation } from "../kernel/operations.ts";

/** Operations of AWS that Stepwell has no use for, by what they are about. */
const UNSUPPORTED: Readonly<Record<string, readonly string[]>> = {
  "push notifications": [
    ...["CreatePlatformApplication", "CreatePlatformEndpoint", "DeleteEndpoint", "DeletePlatformApplication"],
    ...["GetEndpointAttributes", "GetPlatformApplicationAttributes", "ListEndpointsByPlatformApplication"],
    ...["ListPlatformApplications", "SetEndpointAttributes", "SetPlatformApplicationAttributes"],
  ],
  "the settings and opt-outs of phones": [
    ...["CheckIfPhoneNumberIsOptedOut", "GetSMSAttributes", "ListOriginationNumbers"],
    ...["ListPhoneNumbersOptedOut", "OptInPhoneNumber", "SetSMSAttributes"],
  ],
  "the sandbox of SMS": [
    ...["CreateSMSSandboxPhoneNumber", "DeleteSMSSandboxPhoneNumber", "GetSMSSandboxAccountStatus"],
    ...["ListSMSSandboxPhoneNumbers", "VerifySMSSandboxPhoneNumber"],
  ],
  "data protection policies of topics": ["GetDataProtectionPolicy", "PutDataProtectionPolicy"],
};

/** Every one of them refuses by its name. */
export const UNSUPPORTED_OPERATIONS: Readonly<Record<string, Operation>> = Object.fromEntries(
  Object.entries(UNSUPPORTED).flatMap(([what, names]) =>
    names.map((name) => [
      name,
      async () => {
        throw notSupported(`${what} (${name})`, "An SMS or an e-mail is recorded, and never sent.");
      },
    ]),
  ),
);
