/**
 * A schema as Zod, Valibot, ArkType and others make it: the interface of Standard Schema, version 1
 * (https://standardschema.dev). Only `validate` is used.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>;
    /** For the compiler only. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** A value as the schema gives it back, or what is wrong with the one it was given. */
export type StandardSchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] };

export interface StandardSchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: the schema of any type.
export type AnySchema = StandardSchema<any, any>;

export type SchemaInput<Schema extends AnySchema> = NonNullable<Schema["~standard"]["types"]>["input"];
export type SchemaOutput<Schema extends AnySchema> = NonNullable<Schema["~standard"]["types"]>["output"];

/** Something that a schema found, as it is stored. */
export interface SchemaIssue {
  /** Such as "items.0.id"; empty for the whole value. */
  readonly path: string;
  readonly message: string;
}
