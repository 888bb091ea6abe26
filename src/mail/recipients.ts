/** Who gets a mail: to whom, who gets a copy, and who gets one unseen. */
import { PosternError } from '../kernel/errors.ts';

/** Of one mail, all together. */
export const maxRecipients = 50;

export interface Copies {
  cc: string[];
  bcc: string[];
}

/**
 * The copies of a mail: each address once, in whatever case, and where the most people see it.
 * @throws {PosternError} `invalid_arguments` for too many, or for the desk's own address, which would mail itself
 */
export function copiesOf(
  to: string,
  { cc, bcc }: { cc: readonly string[]; bcc: readonly string[] },
  ownAddress: string,
): Copies {
  const seen = new Set([to.toLowerCase()]);
  const fresh = (addresses: readonly string[]) =>
    addresses.filter((address) => {
      const known = seen.has(address.toLowerCase());
      seen.add(address.toLowerCase());
      return !known;
    });
  const copies = { cc: fresh(cc), bcc: fresh(bcc) };
  if (seen.has(ownAddress.toLowerCase()))
    throw new PosternError('invalid_arguments', 'The desk does not mail to its own address.');
  if (seen.size > maxRecipients)
    throw new PosternError('invalid_arguments', `A mail has at most ${maxRecipients} recipients.`);
  return copies;
}
