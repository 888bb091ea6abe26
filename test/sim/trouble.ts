/** What payers and strangers do to a payment while it is on its way. */
import { type Hex, keccak256, stringToHex } from 'viem';
import type { EvmNetwork } from '../../src/chains/networks.ts';
import { type Client, type SignedPayment, send } from './actors.ts';
import type { SimChain } from './chain.ts';
import type { TokenCall } from './token.ts';
import type { World } from './world.ts';

/** Plans what will happen to this payment, by the weather's chances. */
export function interfere(client: Client, payment: SignedPayment): void {
  const { world, intention } = client;
  const { random, weather, scheduler } = world;
  const { chain, wallet } = intention;
  const { client: chances } = weather;
  const soon = (work: () => void) =>
    scheduler.after(random.between(0, 9_000), () => !world.isCalm() && work());
  const { authorization, signature, terms } = payment;
  const { from, nonce } = authorization;

  if (random.chance(chances.cancel))
    soon(() => submit(world, chain, from, 'cancels', [{ kind: 'cancel', payer: from, nonce }]));
  if (random.chance(chances.drain)) soon(() => drain(world, chain, from));
  if (random.chance(chances.selfSubmit))
    soon(() => {
      const calls: TokenCall[] = [{ kind: 'authorized', authorization, signature }];
      // Another one beside it, in one transaction: of the same amount, to the same address.
      if (random.chance(0.4)) calls.push(copyOf(client, payment));
      if (random.chance(0.3))
        calls.unshift({ kind: 'transfer', from, to: authorization.to, value: authorization.value });
      submit(
        world,
        chain,
        random.chance(0.5) ? from : '0x00000000000000000000000000000000000000aa',
        'submits',
        calls,
      );
    });
  if (random.chance(chances.burn))
    soon(() => {
      const own = { ...authorization, to: from, value: 0n };
      const calls: TokenCall[] = [
        { kind: 'authorized', authorization: own, signature: wallet.sign(terms.network as EvmNetwork, own) },
      ];
      submit(world, chain, from, 'burns the nonce on itself', calls);
    });
  if (random.chance(chances.otherCall))
    soon(
      () => void send(client, payment, { mutated: random.chance(0.5), marker: `${intention.marker}-other` }),
    );
}

/** An equal payment with a nonce of its own, of the same wallet. */
function copyOf({ world, intention }: Client, { authorization, terms }: SignedPayment): TokenCall {
  const another = { ...authorization, nonce: `0x${world.random.hex(32)}` as Hex };
  return {
    kind: 'authorized',
    authorization: another,
    signature: intention.wallet.sign(terms.network as EvmNetwork, another),
  };
}

/** Empties a wallet; as often as not it is filled again. */
function drain(world: World, chain: SimChain, from: Hex): void {
  const { random, scheduler } = world;
  const value = chain.blocks.at(-1)!.state.balances.get(from) ?? 0n;
  const stash = '0x00000000000000000000000000000000000000bb';
  submit(world, chain, from, 'empties the wallet', [{ kind: 'transfer', from, to: stash, value }]);
  if (random.chance(0.6))
    scheduler.after(random.between(1_000, 15_000), () =>
      submit(world, chain, stash, 'fills the wallet', [{ kind: 'transfer', from: stash, to: from, value }]),
    );
}

function submit(world: World, chain: SimChain, from: Hex, what: string, calls: readonly TokenCall[]): void {
  const hash = keccak256(stringToHex(`${from} ${world.random.hex(8)}`));
  world.note(from, `${what}, in ${hash}`);
  const maxFeeWei = 1_000_000_000_000n;
  chain.submit({ hash, from, nonce: undefined, maxFeeWei, calls }, world.random.between(0, 3_000));
}
