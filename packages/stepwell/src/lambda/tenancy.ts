import type { AwsError } from "../kernel/errors.ts";
import { invalidParameter } from "./errors.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_TenancyConfig.html */
export interface TenancyConfig {
  readonly TenantIsolationMode: "PER_TENANT";
}

/**
 * What is wrong with an invocation as far as its tenant goes, or undefined: a function with tenant isolation is invoked
 * for a tenant, any other for nobody (https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html).
 */
export function tenantMisfit(
  perTenant: boolean | undefined,
  tenantId: string | undefined,
): AwsError | undefined {
  if (perTenant === undefined || perTenant === (tenantId !== undefined)) return undefined;
  return invalidParameter(
    perTenant
      ? "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again."
      : "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.",
  );
}
