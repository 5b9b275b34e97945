/** What AWS's clients need to speak to a server of the bench. */
export function optionsAt(endpoint, more = {}) {
  return {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
    maxAttempts: 1,
    ...more,
  };
}
