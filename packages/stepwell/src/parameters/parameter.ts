/** Where parameters are. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export type ParameterType = "String" | "StringList" | "SecureString";

/** One version of a parameter. */
export interface ParameterVersion {
  readonly version: number;
  readonly type: ParameterType;
  readonly value: string;
  readonly dataType: string;
  readonly tier: "Standard" | "Advanced";
  readonly modifiedAtMs: number;
  /** Who has put it. */
  readonly user: string;
  readonly description?: string;
  readonly allowedPattern?: string;
  /** Of secure strings. */
  readonly keyId?: string;
}

/** A parameter with its latest version. */
export interface Parameter extends Place {
  readonly name: string;
  readonly latest: ParameterVersion;
  /** Which version has a label. */
  readonly labels: Readonly<Record<string, number>>;
  readonly tags: readonly Tag[];
  readonly revision: number;
}
