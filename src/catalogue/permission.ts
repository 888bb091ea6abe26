/** Who may do what, where nothing is paid. What a wallet's call comes to is the door's to say (door/conduct.ts). */
import { PosternError } from '../kernel/errors.ts';
import { type Caller, isRead, type Operation, roles } from './operation.ts';

/** `queues`: the call becomes a proposal, and a person decides. */
export type Permission = 'acts' | 'queues' | 'refused';

/** What a call by this caller would come to. */
export function permissionOf(caller: Caller, operation: Operation): Permission {
  const { access, tier, name } = operation;
  switch (caller.kind) {
    case 'operator':
      return roles.indexOf(caller.role) >= roles.indexOf(access.role) ? 'acts' : 'refused';
    case 'house':
      return roles.indexOf(access.role) <= roles.indexOf('operator') ? 'acts' : 'refused';
    case 'credential':
      if (access.credential === false) return 'refused';
      if (caller.granted.includes(name)) return 'acts';
      if (access.credential === 'grant') return 'refused';
      return tier === 'send' ? 'queues' : 'acts';
    case 'wallet':
    case 'anonymous':
      return access.anonymous && isRead(operation) ? 'acts' : 'refused';
  }
}

/** @throws {PosternError} `not_permitted`, saying what it would take. */
export function permit(caller: Caller, operation: Operation): Exclude<Permission, 'refused'> {
  const permission = permissionOf(caller, operation);
  if (permission !== 'refused') return permission;
  const { name, access } = operation;
  const needs =
    caller.kind === 'credential' && access.credential === 'grant'
      ? 'an admin has to grant it to this credential by name'
      : `it takes the role ${access.role} or above`;
  throw new PosternError('not_permitted', `${name} is not permitted here: ${needs}.`);
}
