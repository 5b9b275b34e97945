import { notSupported } from "../kernel/errors.ts";
import { runtimeKind } from "./host/runtimes.ts";

/** The members of CreateFunction and of the two updates that Stepwell does not act on. */
export interface UnsupportedInput {
  readonly Runtime?: string;
  readonly PackageType?: string;
  readonly VpcConfig?: {
    readonly SubnetIds?: readonly string[];
    readonly SecurityGroupIds?: readonly string[];
  };
  readonly FileSystemConfigs?: readonly unknown[];
  readonly ImageConfig?: object;
  readonly CodeSigningConfigArn?: string;
}

/**
 * Refuses, by name, every member whose effect would be missing if it were ignored. Empty ones ask for nothing and
 * pass, as does what changes nothing that a function could notice here (its role, tags, KMS keys, tracing).
 */
export function refuseUnsupported(input: UnsupportedInput): void {
  for (const [asked, what, instead] of rules(input)) if (asked) throw notSupported(what, instead);
}

function rules(input: UnsupportedInput): readonly (readonly [boolean, string, string])[] {
  const { Runtime, VpcConfig } = input;
  return [
    [
      Runtime !== undefined && runtimeKind(Runtime) === undefined,
      `the runtime ${Runtime}`,
      "Use Node.js (nodejs22.x), Python (python3.9 and newer), or a runtime of your own (provided.al2023).",
    ],
    [input.PackageType === "Image", "functions from container images (PackageType Image)", "Upload a zip."],
    [
      filled(VpcConfig?.SubnetIds) || filled(VpcConfig?.SecurityGroupIds),
      "functions in a VPC (VpcConfig)",
      "Leave it out: functions reach what this machine reaches.",
    ],
    [
      filled(input.FileSystemConfigs),
      "file systems of functions (FileSystemConfigs)",
      "Leave it out: functions can read and write this machine's files.",
    ],
    [filled(Object.keys(input.ImageConfig ?? {})), "ImageConfig", "Leave it out."],
    [Boolean(input.CodeSigningConfigArn), "code signing (CodeSigningConfigArn)", "Leave it out."],
  ];
}

function filled(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}
