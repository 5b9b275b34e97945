/** The body of every step: about 90 bytes of JSON. */
export function stepResult(i) {
  return { ok: true, step: i, id: "0123456789abcdef", note: "durable step result", n: [1, 2, 3] };
}

/** What W1's ten steps return in the end, as JSON text. */
export const W1_RESULT = JSON.stringify(stepResult(9));
