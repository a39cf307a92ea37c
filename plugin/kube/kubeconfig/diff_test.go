package kubeconfig

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// diffOf shows what changes where a user entry becomes ours.
func diffOf(t *testing.T, text string, names ...string) string {
	t.Helper()
	c := Change{Users: map[string]map[string]any{}}
	for _, name := range names {
		c.Users[name] = fieldsOf(ours())
	}
	e, err := Edit([]byte(text), c)
	if err != nil {
		t.Fatal(err)
	}
	return e.Diff("f")
}

// Whatever the layout is, no secret is shown. Each entry has its secrets marked: they begin with "S3c".
func TestDiffShowsNoSecrets(t *testing.T) {
	for name, user := range map[string]string{
		"fields":           "\n    token: S3cret\n    password: 'S3c''ret'\n    client-key-data: UzNjcmV0UzNjcmV0\n    username: shown\n",
		"auth-provider":    "\n    auth-provider:\n      name: azure\n      config:\n        access-token: S3cret1\n        refresh-token: \"S3cret\\n2\"\n        id-token: S3cret3\n        idToken: S3cret4\n        client-secret: S3cret5\n        username: shown\n",
		"flow":             " {token: S3cret, password: \"S3cr\\\"et\", username: shown}\n",
		"literal":          "\n    token: |\n      S3cret1\n\n      S3cret2\n    username: shown\n",
		"over lines":       "\n    token: \"S3cret1\n      S3cret2\n\n      S3cret3\"\n    username: shown\n",
		"comments":         " # S3cret\n    token: x # S3cret\n    # password: S3cret\n    username: shown\n",
		"args":             "\n    exec:\n      args:\n      - get-token\n      - --client-secret\n      - S3cret\n      - --password=S3cret2\n      - --client-id\n      - shown\n",
		"args, short":      "\n    exec: {args: [--pass=S3c, --token, S3c, shown]}\n",
		"args, literal":    "\n    exec:\n      args:\n      - --client-secret\n      - |\n        S3cret\n        S3cret2\n      - shown\n",
		"variables":        "\n    exec:\n      env:\n      - name: AAD_SERVICE_PRINCIPAL_CLIENT_SECRET\n        value: S3cret\n      - name: AZURE_TENANT_ID\n        value: shown\n      - name: AZURE_PASSWORD\n        value: S3cret2\n",
		"value first":      "\n    exec: {env: [{value: S3cret, name: API_KEY}, {value: S3c}, {value: shown, name: X}]}\n",
		"a proxy":          "\n    exec: {env: [{name: HTTPS_PROXY, value: 'http://shown:S3cret@proxy.shown:3128'}]}\n    as: shown\n",
		"known values":     "\n    token: S3cret\n    as: the S3cret again, shown\n    exec: {command: 'tool-S3cret'}\n",
		"like a token":     "\n    as: shown\n    exec: {args: [eyJhbGciOiJub25lIn0.eyJTM2MiOjF9.S3c]}\n",
		"fields of nobody": "\n    novel: {deep: [{apiKey: 1, api-key: S3cret}, {secret: [S3cret, {x: S3cret}]}]}\n    as: shown\n",
		"certificate pass": "\n    exec: {args: [--client-certificate-password, S3cret, shown]}\n",
	} {
		text := "users:\n- name: a\n  user:" + user
		shown := diffOf(t, text, "a")
		if strings.Contains(shown, "S3c") || strings.Contains(shown, "UzNj") || !strings.Contains(shown, redacted) || !strings.Contains(shown, "shown") {
			t.Errorf("%s:\n%s", name, shown)
		}
		blob, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if again := diffOf(t, string(blob), "a"); again != shown {
			t.Errorf("%s: as JSON\n%s", name, again)
		}
	}
}

func TestDiff(t *testing.T) {
	const text = "kind: Config # mine\nusers:\n- name: a\n  user: {token: S3cret, as: \"\\e[2Jme\"} # old\n- name: b\n  user: {token: other}\ncontexts:\n- name: one\n  context: {cluster: x}\n"
	c := Change{Users: map[string]map[string]any{"a": {"username": "ann"}, "b": {"token": "other"}, "c": {"tokenFile": "/t"}}, Contexts: map[string]map[string]any{"one": {"user": "a"}}}
	e, err := Edit([]byte(text), c)
	if err != nil {
		t.Fatal(err)
	}
	want := `--- f[2J
+++ f[2J
@@ contexts: one @@
 - context:
     cluster: x
+    user: a
   name: one
@@ users: a @@
 - name: a
   user:
     as: '[2Jme'
-    token: [redacted]
+    username: ann
@@ users: c @@
+- name: c
+  user:
+    tokenFile: /t
`
	if got := e.Diff("f\x1b[2J"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if len(e.Change.Users) != 2 || len(c.Users) != 3 {
		t.Errorf("it changes %v of %v", e.Change, c)
	}
	same, err := Edit(e.Text, c)
	if got := same.Diff("f"); got != "" || err != nil || len(same.Change.Users)+len(same.Change.Contexts) > 0 {
		t.Errorf("again: %q, %v, %v", got, same.Change, err)
	}
	secret, err := Edit([]byte(text), Change{Users: map[string]map[string]any{"b": {"token": "new"}}})
	if got := secret.Diff("f"); got != "--- f\n+++ f\n@@ users: b @@\n(what changes is not shown)\n" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	fresh, err := Edit(nil, Change{Users: map[string]map[string]any{"b": {"token": "new"}}})
	if got := fresh.Diff("f"); !strings.HasPrefix(got, "--- /dev/null\n+++ f\n@@ users: b @@\n+- name: b\n") || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestSecretNames(t *testing.T) {
	for _, name := range []string{"token", "--token", "id-token", "idToken", "access_token", "refreshToken", "password", "--pass", "client-key-data", "client-secret", "API_KEY", "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET", "--client-certificate-password", "client-assertion", "ARM_OIDC_TOKEN"} {
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
