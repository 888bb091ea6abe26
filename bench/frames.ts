/** Reads the text messages out of a WebSocket's bytes (RFC 6455, section 5), without compression. */

const opcodes = { continuation: 0, text: 1 };

/** @returns what is given the bytes as they come, in pieces of any size. */
export function frameReader(onText: (text: string) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let parts: Buffer[] = [];
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    for (let frame = readFrame(rest); frame; frame = readFrame(rest)) {
      rest = rest.subarray(frame.size);
      if (frame.opcode !== opcodes.text && frame.opcode !== opcodes.continuation) continue;
      parts.push(frame.payload);
      if (!frame.final) continue;
      onText(Buffer.concat(parts).toString());
      parts = [];
    }
  };
}

interface Frame {
  opcode: number;
  final: boolean;
  payload: Buffer;
  /** Of the whole frame, in bytes. */
  size: number;
}

/** The first frame; undefined while some of it is missing. */
function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const masked = bytes[1]! >= 0x80;
  const start = 2 + lengthBytes + (masked ? 4 : 0);
  if (bytes.length < start) return undefined;
  const length = lengthBytes === 0 ? short : Number(BigInt(`0x${bytes.toString('hex', 2, 2 + lengthBytes)}`));
  const size = start + length;
  if (bytes.length < size) return undefined;
  const payload = Buffer.from(bytes.subarray(start, size));
  if (masked) for (let i = 0; i < length; i += 1) payload[i]! ^= bytes[start - 4 + (i % 4)]!;
  return { opcode: bytes[0]! & 0x0f, final: bytes[0]! >= 0x80, payload, size };
}
