/** A function's line becomes an event of at most 256 KB, what AWS counts beside the message included. */
const LARGEST_BYTES = 256 * 1024 - 26;

/** The message in pieces that each fit into an event; characters stay whole. */
export function splitMessage(message: string): readonly string[] {
  // No character takes more than three bytes for each unit of a string.
  if (message.length * 3 <= LARGEST_BYTES || Buffer.byteLength(message) <= LARGEST_BYTES) return [message];
  const bytes = Buffer.from(message);
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    let end = Math.min(start + LARGEST_BYTES, bytes.length);
    // Continuation bytes of UTF-8 begin with the bits 10.
    while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--;
    pieces.push(bytes.toString("utf8", start, end));
    start = end;
  }
  return pieces;
}
