import type { Auth } from '../../people/auth.ts';
import type { ClientOf } from '../client-address.ts';
import type { Limits } from '../limits.ts';

export interface AuthFacePorts {
  auth: Auth;
  /** Without a slash at the end. */
  publicUrl: string;
  limits: Limits;
  clientOf: ClientOf;
}
