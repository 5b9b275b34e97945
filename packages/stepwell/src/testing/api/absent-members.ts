/** Why members of AWS's responses are never given: by `Structure.member`, or `Operation: Structure.member`. */
type Absences = Readonly<Record<string, string>>;

const ZIP_ONLY = "functions are zips";
const NO_ERROR = "AWS sets it when it could not look something up; here it always can";
const NOT_SIGNED = "code signing is not supported";
const NEVER_PENDING = "a change is in force when its call returns, so there is nothing to explain";
const ONE_BY_ONE = "AWS tells it one function at a time";
const OF_STREAMS = "only streams are read from a position, in order, and again";
const OF_BROKERS = "queues of SQS are the only sources";
const REFUSED = "a request that sets it is refused by name";

export const LAMBDA_ABSENT: Absences = {
  "FunctionConfiguration.VpcConfig": REFUSED,
  "FunctionConfiguration.FileSystemConfigs": REFUSED,
  "FunctionConfiguration.ImageConfigResponse": ZIP_ONLY,
  "FunctionConfiguration.MasterArn": "there are no replicas (Lambda@Edge)",
  "FunctionConfiguration.StateReason": NEVER_PENDING,
  "FunctionConfiguration.StateReasonCode": NEVER_PENDING,
  "FunctionConfiguration.LastUpdateStatusReason": NEVER_PENDING,
  "FunctionConfiguration.LastUpdateStatusReasonCode": NEVER_PENDING,
  "ListFunctions: FunctionConfiguration.State": ONE_BY_ONE,
  "ListFunctions: FunctionConfiguration.LastUpdateStatus": ONE_BY_ONE,
  "ListFunctions: FunctionConfiguration.RuntimeVersionConfig": ONE_BY_ONE,
  "ListVersionsByFunction: FunctionConfiguration.State": ONE_BY_ONE,
  "ListVersionsByFunction: FunctionConfiguration.LastUpdateStatus": ONE_BY_ONE,
  "ListVersionsByFunction: FunctionConfiguration.RuntimeVersionConfig": ONE_BY_ONE,
  "FunctionConfiguration.SigningProfileVersionArn": NOT_SIGNED,
  "FunctionConfiguration.SigningJobArn": NOT_SIGNED,
  "FunctionConfiguration.ConfigSha256": "how AWS computes it is not published",
  "GetFunctionCodeSigningConfigResponse.CodeSigningConfigArn": NOT_SIGNED,
  "GetFunctionCodeSigningConfigResponse.FunctionName": NOT_SIGNED,
  "Layer.SigningProfileVersionArn": NOT_SIGNED,
  "Layer.SigningJobArn": NOT_SIGNED,
  "LayerVersionContentOutput.SigningProfileVersionArn": NOT_SIGNED,
  "LayerVersionContentOutput.SigningJobArn": NOT_SIGNED,
  "LayerVersionContentOutput.ResolvedS3Object": "layers come with the request",
  "EnvironmentResponse.Error": NO_ERROR,
  "RuntimeVersionConfig.Error": NO_ERROR,
  "GetFunctionResponse.TagsError": NO_ERROR,
  "FunctionCodeLocation.Error": NO_ERROR,
  "FunctionCodeLocation.ImageUri": ZIP_ONLY,
  "FunctionCodeLocation.ResolvedImageUri": ZIP_ONLY,
  "FunctionCodeLocation.ResolvedS3Object": "code comes with the request or from a folder",
  "FunctionCodeLocation.SourceKMSKeyArn": "packages are not encrypted",
  "GetDurableExecutionResponse.TraceHeader": "Invoke takes no trace header",
  "GetDurableExecution: DurableConfig.KMSKeyArn": "data of executions is not encrypted",
  "Execution.KMSKeyArn": "data of executions is not encrypted",
  "ExecutionTimedOutDetails.Error": "an execution's timeout has no error of its own",
  "WaitCancelledDetails.Error": "an update that cancels a wait carries no error",
  "CheckpointDurableExecution: Operation.ExecutionDetails":
    "a checkpoint answers with what is new, and the execution's input is not",
  "EventSourceMappingConfiguration.StartingPosition": OF_STREAMS,
  "EventSourceMappingConfiguration.StartingPositionTimestamp": OF_STREAMS,
  "EventSourceMappingConfiguration.ParallelizationFactor": OF_STREAMS,
  "EventSourceMappingConfiguration.LastProcessingResult": OF_STREAMS,
  "EventSourceMappingConfiguration.DestinationConfig": OF_STREAMS,
  "EventSourceMappingConfiguration.MaximumRecordAgeInSeconds": OF_STREAMS,
  "EventSourceMappingConfiguration.BisectBatchOnFunctionError": OF_STREAMS,
  "EventSourceMappingConfiguration.MaximumRetryAttempts": OF_STREAMS,
  "EventSourceMappingConfiguration.TumblingWindowInSeconds": OF_STREAMS,
  "EventSourceMappingConfiguration.Topics": OF_BROKERS,
  "EventSourceMappingConfiguration.Queues": OF_BROKERS,
  "EventSourceMappingConfiguration.SourceAccessConfigurations": OF_BROKERS,
  "EventSourceMappingConfiguration.SelfManagedEventSource": OF_BROKERS,
  "EventSourceMappingConfiguration.AmazonManagedKafkaEventSourceConfig": OF_BROKERS,
  "EventSourceMappingConfiguration.SelfManagedKafkaEventSourceConfig": OF_BROKERS,
  "EventSourceMappingConfiguration.DocumentDBEventSourceConfig": OF_BROKERS,
  "EventSourceMappingConfiguration.FilterCriteriaError": NO_ERROR,
  "EventSourceMappingConfiguration.MetricsConfig": REFUSED,
  "EventSourceMappingConfiguration.LoggingConfig": REFUSED,
  "EventSourceMappingConfiguration.ProvisionedPollerConfig": REFUSED,
  "CheckpointUpdatedExecutionState.NextMarker": "what is new always fits into one answer",
};

export const LOGS_ABSENT: Absences = {
  "LogGroup.dataProtectionStatus": "there are no data protection policies",
  "LogGroup.inheritedProperties": "there are no account policies",
  "LogGroup.bearerTokenAuthenticationEnabled": "there are no bearer tokens",
  "LogGroup.retentionPolicyName": "there are no named retention policies",
  "LogStream.uploadSequenceToken": "AWS no longer uses it",
  "SearchedLogStream.logStreamName": "AWS always gives an empty list",
  "SearchedLogStream.searchedCompletely": "AWS always gives an empty list",
  "PutLogEventsResponse.rejectedEntityInfo": "entities are ignored",
  "StartLiveTailResponseStream.SessionTimeoutException": "a live tail may stay open as long as its client",
  "StartLiveTailResponseStream.SessionStreamingException": "a live tail that fails ends its connection",
};
