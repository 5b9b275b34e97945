/** Where secrets are. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** A version of a secret, apart from its value. */
export interface SecretVersion {
  readonly id: string;
  readonly createdAtMs: number;
  /** The day of it, as AWS tells. */
  readonly lastAccessedMs?: number;
  /** In the order of their names; none of a version that is deprecated. */
  readonly stages: readonly string[];
}

export interface Secret extends Place {
  readonly name: string;
  readonly arn: string;
  /** When it is gone for good; set once it is deleted. */
  readonly deletesAtMs?: number;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  readonly description?: string;
  readonly kmsKeyId?: string;
  readonly type?: string;
  /** Absent when it never had any. */
  readonly tags?: readonly Tag[];
  /** JSON text. */
  readonly policy?: string;
  /** From the oldest on. */
  readonly versions: readonly SecretVersion[];
  readonly revision: number;
}

/** What a version holds: text, or bytes. */
export type SecretValue = { readonly text: string } | { readonly binary: Uint8Array };
