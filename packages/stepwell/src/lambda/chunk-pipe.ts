/**
 * Chunks on their way from a function that writes to somebody who reads: each is taken before the next is written, so
 * that a slow reader slows the writer. One who stops reading stops nobody: what is written then is lost.
 */
export class ChunkPipe implements AsyncIterable<Uint8Array> {
  #chunk: { readonly bytes: Uint8Array; readonly taken: () => void } | undefined;
  #end: { readonly error?: unknown } | undefined;
  #abandoned = false;
  #wake = (): void => {};

  /** Resolves when the chunk has been taken. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#abandoned || bytes.length === 0) return Promise.resolve();
    return new Promise((taken) => {
      this.#chunk = { bytes, taken };
      this.#wake();
    });
  }

  /** Nothing more comes; with an error, the reader's loop throws it. */
  end(error?: unknown): void {
    this.#end = error === undefined ? {} : { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#chunk;
        if (chunk) {
          yield chunk.bytes;
          this.#chunk = undefined;
          chunk.taken();
        } else if (this.#end) {
          if ("error" in this.#end) throw this.#end.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.#abandoned = true;
      this.#chunk?.taken();
    }
  }
}
