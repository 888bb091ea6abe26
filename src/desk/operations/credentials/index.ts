import type { Operation } from '../../../catalogue/operation.ts';
import type { Catalogue } from '../../../catalogue/registry.ts';
import {
  createCredentialOperation,
  grantToolOperation,
  listCredentialsOperation,
  revokeCredentialOperation,
  withdrawToolOperation,
} from './credentials.ts';
import { listGrantableTools } from './grantable.ts';

/** The credentials of the workspace’s own agents: made, granted, revoked. @param catalogue what can be granted */
export const credentialsOperations = (catalogue: () => Catalogue): readonly Operation[] => [
  listCredentialsOperation,
  listGrantableTools(catalogue),
  createCredentialOperation,
  grantToolOperation(catalogue),
  withdrawToolOperation,
  revokeCredentialOperation,
];
