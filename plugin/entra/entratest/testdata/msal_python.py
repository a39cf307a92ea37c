"""Sign in with MSAL for Python's device code flow, then use the session in silence and call Graph.

The order of the steps is that of Microsoft's device flow sample for MSAL Python. Arguments: the simulator's
origin, tenant ID, client ID. REQUESTS_CA_BUNDLE names the simulator's CA; somebody approves the code meanwhile.
"""
import json
import sys

import msal
import requests

origin, tenant, client_id = sys.argv[1:4]
host = origin.split("//")[1]


def authority(name):
    return {"authority": "https://%s/%s" % (host, name)}


def application(cache):
    options = authority(tenant)
    # Discovery of clouds would ask login.microsoftonline.com about a host that it doesn't know. Newer versions can be
    # told so by a name of its own; in older ones the same is a part of validate_authority.
    try:
        return msal.PublicClientApplication(client_id, token_cache=cache, instance_discovery=False, **options)
    except TypeError:
        return msal.PublicClientApplication(client_id, token_cache=cache, validate_authority=False, **options)


cache = msal.SerializableTokenCache()
app = application(cache)
scopes = ["User.ReadBasic.All"]
assert not app.get_accounts()
flow = app.initiate_device_flow(scopes=scopes)
assert "user_code" in flow, flow
print(flow["message"], file=sys.stderr)
result = app.acquire_token_by_device_flow(flow)
assert "access_token" in result, result
assert result["id_token_claims"]["tid"] == tenant, result["id_token_claims"]

# A second program with the same cache: the access token, and then a new one for another resource.
again = msal.SerializableTokenCache()
again.deserialize(cache.serialize())
app = application(again)
[account] = app.get_accounts()
warm = app.acquire_token_silent(scopes, account=account)
assert warm["access_token"] == result["access_token"], "the cached token was not used"
fresh = app.acquire_token_silent(scopes, account=account, force_refresh=True)
assert "access_token" in fresh and fresh["access_token"] != result["access_token"], fresh

answer = requests.get(origin + "/v1.0/users", headers={"Authorization": "Bearer " + fresh["access_token"]}, timeout=30)
answer.raise_for_status()
print(json.dumps({
    "version": msal.__version__,
    "account": account["username"],
    "home_account_id": account["home_account_id"],
    "users": [u["userPrincipalName"] for u in answer.json()["value"]],
}))
