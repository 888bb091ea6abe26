/** A JSON-RPC call to a chain. @throws with the method and the node's own message. */
export async function rpc<T>(url: string, method: string, params: unknown[] = []): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const answer = (await response.json()) as { result: T; error?: { message: string } };
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}

/** Runs `work` with a block each second; the first is due one second from its start. Then a block per transaction again. */
export async function withSecondBlocks<T>(url: string, work: () => Promise<T>): Promise<T> {
  await rpc(url, 'evm_setAutomine', [false]);
  await rpc(url, 'evm_setIntervalMining', [1]);
  try {
    return await work();
  } finally {
    await rpc(url, 'evm_setIntervalMining', [0]);
    await rpc(url, 'evm_setAutomine', [true]);
  }
}
