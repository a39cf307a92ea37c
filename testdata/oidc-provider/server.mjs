// oidc-provider as the authority of one tenant: node server.mjs KEY CERTIFICATE CLIENT TENANT RESOURCE
//
// It prints its port. What Entra has and others have not is set here by the provider's own options: the paths, the
// prompt select_account, ID tokens with oid and tid. Nothing of its answers is rewritten: client_info is not there.
// Of requests two things are. Entra grants offline_access to whoever asks, OpenID Connect Core 1.0, section 11, only
// where prompt=consent is asked for as well: that is added. And MSAL's short name of the device code's grant, which Entra
// takes, gets its full one (RFC 8628, section 3.4). The sign-in page asks for a name and believes it.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// A module, unlike a script, isn't looked for in NODE_PATH.
const { Provider, interactionPolicy } = await import(pathToFileURL(createRequire(import.meta.url).resolve('oidc-provider')));

const [key, certificate, clientId, tenant, resource] = process.argv.slice(2);
const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) });
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();
const scope = `${resource}/.default`;
const authorize = `/${tenant}/oauth2/v2.0/authorize`;
const token = `/${tenant}/oauth2/v2.0/token`;
const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code';

const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);

const provider = new Provider(`https://127.0.0.1:${port}/${tenant}/v2.0`, {
  clients: [{
    client_id: clientId,
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['http://localhost'],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token', deviceCode],
  }],
  routes: {
    authorization: authorize,
    token,
    device_authorization: `/${tenant}/oauth2/v2.0/devicecode`,
    code_verification: '/device',
  },
  scopes: ['openid', 'offline_access', 'profile', scope],
  claims: { openid: ['sub', 'oid', 'tid'], profile: ['name', 'preferred_username'] },
  conformIdTokenClaims: false,
  rotateRefreshToken: true,
  features: {
    devInteractions: { enabled: false },
    deviceFlow: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => `api://${resource}`,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope, audience: resource, accessTokenFormat: 'jwt' }),
    },
  },
  findAccount: (ctx, sub) => ({
    accountId: sub,
    claims: () => ({
      sub, oid: '5a11ce00-0000-4000-8000-000000000001', tid: tenant, name: sub, preferred_username: `${sub}@contoso.example`,
    }),
  }),
  // Nobody is asked to consent: what is asked for is granted.
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope(`openid offline_access profile ${scope}`);
    grant.addResourceScope(`api://${resource}`, scope);
    await grant.save();
    return grant;
  },
  interactions: { policy, url: (ctx, interaction) => `/signin/${interaction.uid}` },
  cookies: { keys: ['of a test'] },
});

async function form(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

async function signIn(req, res) {
  if (req.method !== 'POST') {
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.end('<!DOCTYPE html><title>Sign in</title><h1>Who are you?</h1><form method="post"><input name="name" autofocus><button>Sign in</button></form>');
    return;
  }
  const name = (await form(req)).get('name');
  const result = name ? { select_account: {}, login: { accountId: name }, consent: {} } : { error: 'access_denied', error_description: 'nobody signs in' };
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}

const serve = provider.callback();

async function answer(req, res) {
  const url = new URL(req.url, provider.issuer);
  if (url.pathname.startsWith('/signin/')) {
    await signIn(req, res);
    return;
  }
  if (url.pathname === `/${tenant}/v2.0/.well-known/openid-configuration`) {
    req.url = '/.well-known/openid-configuration'; // the one path that has no option
  } else if (url.pathname === authorize && url.searchParams.has('prompt')) {
    url.searchParams.set('prompt', `${url.searchParams.get('prompt')} consent`);
    req.url = url.pathname + url.search;
  } else if (url.pathname === token) {
    const fields = await form(req);
    if (fields.get('grant_type') === 'device_code') fields.set('grant_type', deviceCode);
    req.body = Object.fromEntries(fields);
  }
  await serve(req, res);
}

server.on('request', (req, res) => {
  answer(req, res).catch((error) => {
    console.error(error);
    res.statusCode = 500;
    res.end();
  });
});
provider.on('server_error', (ctx, error) => console.error(error));
for (const event of ['authorization.error', 'grant.error']) {
  provider.on(event, (ctx, error) => console.error(`${event}: ${error.message}: ${error.error_detail ?? error.error_description}`));
}
console.log(port);
process.stdin.resume().on('end', () => process.exit());
