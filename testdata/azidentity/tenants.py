"""Lists the tenants of the account with a token of AzureCliCredential, as a program made with the SDK does:

    python3 tenants.py ENDPOINT SCOPE CA_FILE

On standard output: {"tenants": [...], "expires": seconds} or {"error": name, "message": text}.
"""
import json
import ssl
import sys
import urllib.request

from azure.identity import AzureCliCredential


def main(endpoint, scope, ca_file):
    token = AzureCliCredential().get_token(scope)
    request = urllib.request.Request(
        endpoint + "/tenants?api-version=2022-12-01", headers={"Authorization": "Bearer " + token.token}
    )
    trusting = ssl.create_default_context(cafile=ca_file)
    with urllib.request.urlopen(request, context=trusting) as answer:
        tenants = [tenant["tenantId"] for tenant in json.load(answer)["value"]]
    return {"tenants": tenants, "expires": token.expires_on}


try:
    result = main(*sys.argv[1:])
except Exception as e:  # what a person would see
    result = {"error": type(e).__name__, "message": str(e)}
print(json.dumps(result))
