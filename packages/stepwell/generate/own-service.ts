import type { ServiceFile } from "../src/kernel/schema/file.ts";

/** A member in the query or the path. */
const inQuery = (shape: string, query: string) => ({ shape, query });

/** What the `/_stepwell` operations that change something may refuse with. */
const REFUSALS = ["AccessDeniedException", "ValidationException"];

/**
 * Stepwell's own operations, which AWS has no words for: a service like the others, so that the wire, validation and
 * authorisation treat them alike. Timestamps travel as AWS's rest-json has them.
 */
export const OWN_SERVICE: ServiceFile = {
  client: "stepwell",
  apiVersion: "2026-11-20",
  protocol: "rest-json",
  signingName: "stepwell",
  operations: {
    AdvanceTime: {
      http: "POST /_stepwell/time/advance",
      status: 200,
      input: "AdvanceTimeRequest",
      output: "TimeMoved",
      errors: [...REFUSALS, "TimeIsRealException"],
    },
    BackupData: {
      http: "POST /_stepwell/backup",
      status: 200,
      input: "BackupDataRequest",
      output: "BackupDataResponse",
      errors: [...REFUSALS, "BackupRefusedException"],
    },
    GetSigningCertificate: {
      http: "GET /_stepwell/sns/{CertificateName}",
      status: 200,
      input: "GetSigningCertificateRequest",
      output: "GetSigningCertificateResponse",
      errors: ["ResourceNotFoundException"],
    },
    GetTime: {
      http: "GET /_stepwell/time",
      status: 200,
      input: "GetTimeRequest",
      output: "GetTimeResponse",
      errors: [],
    },
    ListExecutionInvocations: {
      http: "GET /_stepwell/executions/{DurableExecutionArn}/invocations",
      status: 200,
      input: "ListExecutionInvocationsRequest",
      output: "ListExecutionInvocationsResponse",
      errors: ["ResourceNotFoundException"],
    },
    ListNotifications: {
      http: "GET /_stepwell/notifications",
      status: 200,
      input: "ListNotificationsRequest",
      output: "ListNotificationsResponse",
      errors: REFUSALS,
    },
    SkipTime: {
      http: "POST /_stepwell/time/skip",
      status: 200,
      input: "Unit",
      output: "TimeMoved",
      errors: [...REFUSALS, "TimeIsRealException"],
    },
  },
  shapes: {
    AccessDeniedException: { type: "structure", members: { Message: "string" }, error: 403 },
    AdvanceTimeRequest: {
      type: "structure",
      members: { Milliseconds: "AdvanceMilliseconds", To: "timestamp" },
    },
    /** A century: what is longer is a mistake. */
    AdvanceMilliseconds: { type: "long", min: 1, max: 3_155_760_000_000 },
    BackupDataRequest: { type: "structure", members: { Folder: "BackupFolder" }, required: ["Folder"] },
    BackupDataResponse: { type: "structure", members: { Folder: "string" } },
    BackupFolder: { type: "string", min: 1, max: 4096 },
    BackupRefusedException: { type: "structure", members: { Message: "string" }, error: 409 },
    DueThing: {
      type: "structure",
      members: {
        At: "timestamp",
        Kind: "string",
        FunctionName: "string",
        ResourceArn: "string",
        DurableExecutionArn: "string",
        OperationId: "string",
        OperationName: "string",
      },
    },
    DueThings: { type: "list", member: "DueThing" },
    GetSigningCertificateRequest: {
      type: "structure",
      members: { CertificateName: { shape: "string", label: true } },
      required: ["CertificateName"],
    },
    GetSigningCertificateResponse: {
      type: "structure",
      members: {
        ContentType: { shape: "string", header: "content-type" },
        Certificate: { shape: "blob", payload: true },
      },
    },
    GetTimeRequest: { type: "structure", members: { MaxItems: inQuery("MaxDueThings", "MaxItems") } },
    GetTimeResponse: {
      type: "structure",
      members: { Now: "timestamp", Virtual: "boolean", Running: "Names", Due: "DueThings" },
    },
    Invocation: { type: "structure", members: { RequestId: "string", StartTimestamp: "timestamp" } },
    Invocations: { type: "list", member: "Invocation" },
    ListExecutionInvocationsRequest: {
      type: "structure",
      members: { DurableExecutionArn: { shape: "string", label: true } },
      required: ["DurableExecutionArn"],
    },
    ListExecutionInvocationsResponse: { type: "structure", members: { Invocations: "Invocations" } },
    ListNotificationsRequest: {
      type: "structure",
      members: {
        Protocol: inQuery("string", "Protocol"),
        Endpoint: inQuery("string", "Endpoint"),
        NextToken: inQuery("string", "NextToken"),
        MaxItems: inQuery("MaxNotifications", "MaxItems"),
      },
    },
    ListNotificationsResponse: {
      type: "structure",
      members: { Notifications: "Notifications", NextToken: "string" },
    },
    MaxDueThings: { type: "integer", min: 1, max: 1000 },
    MaxNotifications: { type: "integer", min: 1, max: 1000 },
    Names: { type: "list", member: "string" },
    Notification: {
      type: "structure",
      members: {
        NotificationId: "string",
        At: "timestamp",
        Protocol: "string",
        Endpoint: "string",
        TopicArn: "string",
        SubscriptionArn: "string",
        Subject: "string",
        Message: "string",
        SubscribeURL: "string",
      },
    },
    Notifications: { type: "list", member: "Notification" },
    ResourceNotFoundException: { type: "structure", members: { Message: "string" }, error: 404 },
    TimeIsRealException: { type: "structure", members: { Message: "string" }, error: 409 },
    TimeMoved: {
      type: "structure",
      members: {
        Now: "timestamp",
        Moved: "boolean",
        Fired: "DueThings",
        MoreFired: "boolean",
        Next: "DueThing",
      },
    },
    Unit: { type: "structure", members: {} },
    ValidationException: { type: "structure", members: { Message: "string" }, error: 400 },
  },
};
