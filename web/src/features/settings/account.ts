/** One's own account: name, password, passkeys, sessions. Of the person, in whatever workspace. */
import { ask, Refusal, tell } from '../../api/call.ts';

export interface OwnSession {
  id: string;
  /** Half of what its cookie holds; ending it takes this. */
  token: string;
  createdAt: string;
  expiresAt: string;
  ipAddress: string | null;
  userAgent: string | null;
}
export interface Passkey {
  id: string;
  name: string | null;
  createdAt: string | null;
}

export const setName = (name: string) => tell('/api/auth/update-user', { name });
export const changePassword = (currentPassword: string, newPassword: string) =>
  tell('/api/auth/change-password', { currentPassword, newPassword, revokeOtherSessions: true });
export const mailPasswordLink = (email: string) => tell('/api/auth/request-password-reset', { email });
export const listSessions = () => ask('/api/auth/list-sessions') as Promise<OwnSession[]>;
export const endSession = (token: string) => tell('/api/auth/revoke-session', { token });
export const endOthers = () => tell('/api/auth/revoke-other-sessions', {});
export const listPasskeys = () => ask('/api/auth/passkey/list-user-passkeys') as Promise<Passkey[]>;
export const removePasskey = (id: string) => tell('/api/auth/passkey/delete-passkey', { id });
/** Of the session that asks: its token is none of a script's business, its id is. */
export const ownSession = async () =>
  ((await ask('/api/auth/get-session')) as { session: { id: string } }).session.id;

/** Whether this browser can make a passkey. */
export const canMakePasskeys = (): boolean =>
  typeof PublicKeyCredential === 'function' &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function';

/** Has the browser make one, and the server keep its public half. @throws {Refusal} */
export async function addPasskey(name: string): Promise<void> {
  const options = await ask('/api/auth/passkey/generate-register-options');
  let made: PublicKeyCredential | null;
  try {
    made = (await navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(
        options as PublicKeyCredentialCreationOptionsJSON,
      ),
    })) as PublicKeyCredential | null;
  } catch (error) {
    throw new Refusal('cancelled', 0, (error as Error).message);
  }
  const { clientExtensionResults: _, ...response } = made!.toJSON();
  await tell('/api/auth/passkey/verify-registration', { response, name });
}
