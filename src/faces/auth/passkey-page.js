// The one script of the sign-in page: signs in by a passkey, where the browser can.
const button = document.getElementById('passkey');
const said = document.getElementById('passkey-said');

const bytesOf = (base64url) =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
const textOf = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

async function ask(path, init) {
  const answer = await fetch(`/api/auth/passkey/${path}`, init);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail ?? body.message ?? 'The server refused it.');
  return body;
}

async function signIn() {
  const { challenge, allowCredentials = [], ...options } = await ask('generate-authenticate-options');
  const { id, rawId, type, response, authenticatorAttachment } = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytesOf(challenge),
      allowCredentials: allowCredentials.map((one) => ({ ...one, id: bytesOf(one.id) })),
    },
  });
  const { authenticatorData, clientDataJSON, signature, userHandle } = response;
  const signed = {
    authenticatorData: textOf(authenticatorData),
    clientDataJSON: textOf(clientDataJSON),
    signature: textOf(signature),
    ...(userHandle && { userHandle: textOf(userHandle) }),
  };
  await ask('verify-authentication', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      response: {
        id,
        rawId: textOf(rawId),
        type,
        authenticatorAttachment,
        clientExtensionResults: {},
        response: signed,
      },
    }),
  });
  location.assign('/welcome');
}

if (typeof PublicKeyCredential === 'function') button.hidden = false;
button.addEventListener('click', async () => {
  said.textContent = '';
  button.disabled = true;
  try {
    await signIn();
  } catch (error) {
    said.textContent =
      error.name === 'NotAllowedError'
        ? 'No passkey was used: none is here, or it was cancelled.'
        : error.message;
  }
  button.disabled = false;
});
