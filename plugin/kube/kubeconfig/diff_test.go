package kubeconfig

import (
	"strings"
	"testing"
)

// Whatever the layout is, no secret is shown. Each text has its secrets marked: they begin with "S3cr".
func TestDiffShowsNoSecrets(t *testing.T) {
	for name, text := range map[string]string{
		"fields":           "users:\n- name: a\n  user:\n    token: S3cret\n    password: 'S3c''ret'\n    client-key-data: S3cretS3cret\n    username: shown\n",
		"auth-provider":    "users:\n- name: a\n  user:\n    auth-provider:\n      name: azure\n      config:\n        access-token: S3cret1\n        refresh-token: \"S3cret\\n2\"\n        id-token: S3cret3\n        idToken: S3cret4\n        client-secret: S3cret5\n        username: shown\n",
		"flow":             "users: [{name: a, user: {token: S3cret, password: \"S3cr\\\"et\", username: shown}}]\n",
		"JSON":             `{"users":[{"name":"a","user":{"token":"S3cr<et","client-key-data":"S3cret+/=","username":"shown"}}]}`,
		"pretty JSON":      "{\n  \"users\": [\n    {\n      \"name\": \"a\",\n      \"user\": {\n        \"token\": \"S3cr\\\\et\",\n        \"username\": \"shown\"\n      }\n    }\n  ]\n}\n",
		"literal":          "users:\n- name: a\n  user:\n    token: |\n      S3cret1\n\n      S3cret2\n    username: shown\n",
		"folded":           "users:\n- name: a\n  user:\n    token: >-\n      S3cret1\n      S3cret2\n    username: shown\n",
		"over lines":       "users:\n- name: a\n  user:\n    token: \"S3cret1\n      S3cret2\n\n      S3cret3\"\n    username: shown\n",
		"on the dash":      "users:\n- user:\n  - password: S3cret\n  - token:\n      S3cret2\n  name: shown\n",
		"args":             "args:\n- get-token\n- --client-secret\n- S3cret\n- --password=S3cret2\n- --client-id\n- shown\n",
		"args, quoted":     "args:\n- '--client-secret'\n- 'S3c''ret'\n- \"--refresh-token=S3cr\\\"et\"\n- shown\n",
		"args, literal":    "args:\n- --client-secret\n- |\n  S3cret\n  S3cret2\n- shown\n",
		"args, flow":       "args: [get-token, --client-secret, S3cret, --oidc-client-secret=S3cret2, shown]\n",
		"variables":        "env:\n- name: AAD_SERVICE_PRINCIPAL_CLIENT_SECRET\n  value: S3cret\n- name: AZURE_TENANT_ID\n  value: shown\n- name: AZURE_PASSWORD\n  value: S3cret2\n",
		"variables, flow":  "env: [{name: MY_TOKEN, value: S3cret}, {value: S3cret2, name: ARM_CLIENT_SECRET}, {name: shown}]\n",
		"value first":      "env:\n- value: S3cret\n  name: API_KEY\n- value: S3cret2\n  name: X_TOKEN\n- name: shown\n",
		"no YAML":          "users:\n- name: [\n  token: S3cret\n  username: shown\n",
		"short":            "{users: [{user: {token: \"S3c\"}}, shown]}",
		"certificate pass": "args:\n- --client-certificate-password\n- S3cret\n- shown\n",
		"CRLF":             "users:\r\n- user:\r\n    token: |\r\n      S3cret\r\n    username: shown\r\n",
		"tab":              "users:\n- user:\n    token:\tS3cret\n    username: shown\n",
	} {
		for _, shown := range []string{Diff("f", []byte(text), nil), Diff("f", nil, []byte(text))} {
			if strings.Contains(shown, "S3c") || !strings.Contains(shown, redacted) || !strings.Contains(shown, "shown") {
				t.Errorf("%s:\n%s", name, shown)
			}
		}
	}
}

// A secret that stands in the diff of another place is not shown there either.
func TestDiffKnowsValues(t *testing.T) {
	shown := Diff("f", []byte("users:\n- user:\n    token: S3cret\n- note: the S3cret again\n"), nil)
	if strings.Contains(shown, "S3cret") || !strings.Contains(shown, "the "+redacted+" again") {
		t.Error(shown)
	}
}

func TestDiff(t *testing.T) {
	if got := Diff("f", []byte("a\n"), []byte("a\n")); got != "" {
		t.Error(got)
	}
	got := Diff("f\x1b[2J", []byte("a: 1\nb: 2\nc: \x1b[2J3\n"), []byte("a: 1\nb: 3\nc: \x1b[2J3\n"))
	if want := "--- f[2J\n+++ f[2J\n@@ -1,3 +1,3 @@\n a: 1\n-b: 2\n+b: 3\n c: [2J3\n"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
	if got := Diff("f", nil, []byte("a: 1\n")); got != "--- /dev/null\n+++ f\n@@ -0,0 +1,1 @@\n+a: 1\n" {
		t.Errorf("%q", got)
	}
	if got := Diff("f", []byte("token: a\n"), []byte("token: b\n")); !strings.Contains(got, "not shown") {
		t.Errorf("%q", got)
	}
}

func TestSecretNames(t *testing.T) {
	for _, name := range []string{"token", "--token", "id-token", "idToken", "access_token", "refreshToken", "password", "client-key-data", "client-secret", "API_KEY", "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", "--client-certificate-password", "client-assertion", "ARM_OIDC_TOKEN"} {
		if !isSecretName(name) {
			t.Errorf("%s is no secret", name)
		}
	}
	for _, name := range []string{"name", "tokenFile", "client-key", "client-certificate", "certificate-authority-data", "--token-kind", "--token-cache-dir", "server", "tenant-id", "username", "AZURE_TENANT_ID", "--server-id"} {
		if isSecretName(name) {
			t.Errorf("%s is a secret", name)
		}
	}
}
