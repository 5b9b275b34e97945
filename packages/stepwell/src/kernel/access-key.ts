/** What a caller signs with (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html). */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary keys: every request must carry it. */
  readonly sessionToken?: string;
}
