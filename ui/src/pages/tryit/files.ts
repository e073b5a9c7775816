/** Reading dropped files: UTF-8, UTF-16 with its mark (Windows exports), gzip. */

/** Characters of one file that are looked at; more would not be read on this page. */
export const LARGEST_FILE = 64 * 2 ** 20;

/** The text of a file. Bytes that are not UTF-8 become the lone surrogates U+DC80 to U+DCFF, as the service reads them. */
export async function textOf(file: Blob): Promise<string> {
  let bytes = await bytesOf(file.stream());
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const packed = new Response(bytes).body;
    if (packed) bytes = await bytesOf(packed.pipeThrough(new DecompressionStream("gzip")));
  }
  return decode(bytes);
}

export function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return decodeLoosely(bytes);
  }
}

function decodeLoosely(bytes: Uint8Array): string {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const parts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    try {
      parts.push(strict.decode(bytes.subarray(at, at + length)));
      at += length;
    } catch {
      parts.push(String.fromCharCode(0xdc00 + first));
      at += 1;
    }
  }
  return parts.join("");
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > LARGEST_FILE) {
      await reader.cancel();
      throw new Error(
        `A file may have at most ${LARGEST_FILE / 2 ** 20} MiB here. Use logatlas classify FILE for more.`,
      );
    }
    pieces.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
