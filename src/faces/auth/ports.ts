import type { Auth } from '../../people/auth.ts';
import type { ClientOf } from '../client-address.ts';
import type { Limits } from '../limits.ts';

export interface AuthFacePorts {
  auth: Auth;
  /** Without a slash at the end. */
  publicUrl: string;
  /** Whether mails leave the house: without an SMTP server they are kept. Left out where they do. */
  mailsLeave?: boolean;
  limits: Limits;
  clientOf: ClientOf;
}
