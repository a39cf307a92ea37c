# Gets a token with ManagedIdentityCredential, as a program made with the SDK for Python does:
#
#     python3 machines.py SCOPE [client_id|object_id|mi_res_id|msi_res_id ID]
#
# On standard output: {"token": text, "expires": seconds} or {"error": name, "message": text}.
import json
import sys

from azure.identity import ManagedIdentityCredential


def main(scope, name="", value=""):
    if name == "client_id":
        credential = ManagedIdentityCredential(client_id=value)
    else:
        credential = ManagedIdentityCredential(identity_config={name: value} if name else None)
    token = credential.get_token(scope)
    return {"token": token.token, "expires": token.expires_on}


try:
    print(json.dumps(main(*sys.argv[1:])))
except Exception as error:
    print(json.dumps({"error": type(error).__name__, "message": str(error)}))
