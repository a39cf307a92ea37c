package kubeconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	plugintext "github.com/entralogin/entralogin/plugin/text"
)

func ours() Exec {
	return Exec{APIVersion: "client.authentication.k8s.io/v1", Command: "/usr/local/bin/entralogin",
		Args:        []string{"get-token", "--server-id", "6dae42f8-4368-4678-94ff-3960e28e3630"},
		InstallHint: "entralogin is missing:\nsee https://example.com # here", InteractiveMode: "IfAvailable", ProvideClusterInfo: true}
}

// kubectlStyle is what kubectl and az write.
const kubectlStyle = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: QUJD
    server: https://one.example
  name: one
contexts:
- context:
    cluster: one
    namespace: shop
    user: alice
  name: one
- context:
    cluster: one
    user: bob
  name: two
current-context: one
kind: Config
preferences: {}
users:
- name: alice
  user:
    client-certificate-data: QUJD
    client-key-data: QUJD
- name: bob
  user:
    token: not-a-real-one
`

// byHand is what a person writes: comments, indented lists, other orders.
const byHand = `# my clusters
apiVersion: v1
kind: Config

users:   # people
  # the first one
  - user:
      token: not-a-real-one   # from the portal
      # it ends soon
    name: alice  # that is me

  # the second one
  -   name: "bob"
      user:
          extensions:
          - name: note
            extension: {text: "# no comment"}
          username: bob
          password: |
            # not a comment either
  # the last one
  - {name: carol, user: {token: x}}
# the places
contexts:
  - name: one
    context:
      user: alice   # she
      cluster: one
  - {name: two, context: {cluster: one, user: bob}}
  - context:
      cluster: one   # the same
    name: three
clusters: []
current-context: one
`

// fieldsOf are the fields of a user entry that has this exec section and nothing else.
func fieldsOf(e Exec) map[string]any { return Over(e, User{}) }

// userOf is the user entry of these fields, as it is when it is loaded; ok is false where no such entry can be.
func userOf(fields map[string]any) (u User, ok bool) {
	blob, err := json.Marshal(map[string]any{"users": []any{map[string]any{"name": "u", "user": fields}}})
	if err != nil {
		return User{}, false
	}
	f, err := readFile(blob)
	return f.Users()["u"], err == nil
}

// theUser is userOf, which has to be one.
func theUser(t *testing.T, fields map[string]any) User {
	t.Helper()
	u, ok := userOf(fields)
	if !ok {
		t.Fatalf("%v can't be loaded", fields)
	}
	return u
}

// load loads files.
func load(paths ...string) (*Config, error) {
	return Load(&clientcmd.ClientConfigLoadingRules{Precedence: paths})
}

// execOf is the exec section of these fields.
func execOf(fields map[string]any) Exec {
	u, _ := userOf(fields)
	e, _ := u.Plugin()
	return e
}

// edit is Edit in parts.
func edit(text []byte, c Change) (edited []byte, notes []string, err error) {
	e, err := Edit(text, c)
	return e.Text, e.Notes, err
}

func change(user string, contexts ...string) Change {
	c := Change{Users: map[string]map[string]any{user: fieldsOf(ours())}, Contexts: map[string]map[string]any{}}
	for _, name := range contexts {
		c.Contexts[name] = map[string]any{"user": user}
	}
	return c
}

// variants are layouts of the same files.
func variants() map[string]string {
	all := map[string]string{"kubectl": kubectlStyle, "by hand": byHand, "empty": "", "only a comment": "# mine\n", "blank": " \n\n",
		"no users":     "apiVersion: v1\nkind: Config\ncontexts:\n- name: one\n  context: {cluster: one}\n",
		"empty list":   "kind: Config\nusers: [] # none\ncontexts:\n- name: one\n  context:\n    cluster: one\n",
		"null list":    "kind: Config\nusers: null\napiVersion: v1\n",
		"no value":     "users:\n# nobody yet\nkind: Config\n",
		"flow":         "{apiVersion: v1, kind: Config, users: [{name: alice, user: {token: a}}]}",
		"json":         `{"apiVersion":"v1","kind":"Config","users":[{"name":"alice","user":{"token":"a<b"}}],"x":1e3}`,
		"flow in list": "kind: Config\nusers: [{name: alice, user: {}}, {name: bob}]\n",
		"alias":        "kind: Config\nx: &exec {command: a, apiVersion: b}\nusers:\n- name: alice\n  user:\n    exec: *exec\n- name: bob\n  user:\n    exec: *exec\n",
		"anchor gone":  "kind: Config\nusers:\n- name: alice\n  user: &u\n    username: a\n- name: bob\n  user: *u\n",
		"looks alike":  "kind: Config\nextensions:\n- name: x\n  extension: |\n    users:\n    - name: alice\n      user: {}\nusers:\n- name: alice\n  user: {}\n",
		"dash alone":   "kind: Config\nusers:\n-\n  name: alice\n  user: {}\n-\n  # bob\n  name: bob\n",
		"document":     "---\nkind: Config\nusers:\n- name: alice\n  user:\n    token: a\n",
		"quoted key":   "\"kind\": Config\n\"users\":\n- name: alice\n  user: {}\n",
		"unknown":      "kind: Config\nusers:\n- name: alice\n  more: 1\n  user:\n    token: a\n    as: root\n    novel: {a: [1, 2.5]}\n",
		"ended":        "kind: Config\nusers:\n- name: alice\n  user:\n    token: a\n... # that is all\n",
		"ended early":  "kind: Config\n...\n\n# that is all\n",
		"bare mark":    "kind: Config\nusers:\n- name: alice\n  user:\n    token: a\n---\n",
		"only a mark":  "---\n",
		"marks":        "---\nkind: Config\n... # one\n---\n# two\n",
		"merged":       "kind: Config\nx: &exec {command: a, apiVersion: b, args: [c]}\nusers:\n- name: alice\n  user:\n    exec: {<<: *exec, args: [d]}\n- name: bob\n  user:\n    exec:\n      <<: *exec\n      command: e\n",
		"merged twice": "kind: Config\nx:\n- &one {command: a, args: [c]}\n- &two {apiVersion: b, command: d}\nusers:\n- name: alice\n  user: &user\n    exec: {<<: [*one, *two], apiVersion: e}\n- name: bob\n  user: {<<: *user, token: t}\n",
		"mark":         "\ufeffkind: Config\nusers:\n- name: alice\n  user: {}\n",
		"mark at list": "\ufeffusers:\n- name: alice\n  user: {}\n",
		"marked json":  "\ufeff{\"kind\": \"Config\", \"users\": [{\"name\": \"alice\", \"user\": {}}]}\n",
		"null user":    "kind: Config\nusers:\n- name: alice\n  user: null\n- name: bob\n  user:\n",
	}
	for _, name := range []string{"kubectl", "by hand", "no users"} {
		all[name+", CRLF"] = strings.ReplaceAll(all[name], "\n", "\r\n")
		all[name+", no end"] = strings.TrimRight(all[name], "\n")
	}
	return all
}

// TestEditLikeClientcmd holds what client-go reads after an edit against what its own ModifyConfig writes
// for the same change.
func TestEditLikeClientcmd(t *testing.T) {
	for name, text := range variants() {
		for _, user := range []string{"alice", "bob", "carol", "a new one", "yes", "- dash: #", "umlaut ü '\""} {
			t.Run(name+"/"+user, func(t *testing.T) {
				var contexts []string
				for name := range decoded(t, text).Contexts {
					contexts = append(contexts, name)
				}
				edited, _, err := edit([]byte(text), change(user, contexts...))
				if err != nil {
					t.Fatal(err)
				}
				got := decoded(t, string(edited))
				want := modified(t, text, user, contexts)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("client-go reads\n%+v\nnot\n%+v\nfrom\n%s", got, want, edited)
				}
				again, notes, err := edit(edited, change(user, contexts...))
				if string(again) != string(edited) || notes != nil || err != nil {
					t.Errorf("again: %v %v\n%s", notes, err, again)
				}
			})
		}
	}
}

// decoded is what client-go reads, without the names of files.
func decoded(t *testing.T, text string) *clientcmdapi.Config {
	t.Helper()
	c, err := clientcmd.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range c.AuthInfos {
		if u.Exec != nil {
			u.Exec.InteractiveMode = clientcmdapi.ExecInteractiveMode(strings.TrimSpace(string(u.Exec.InteractiveMode)))
		}
	}
	return c
}

// modified is what client-go's ModifyConfig makes of text.
func modified(t *testing.T, text, user string, contexts []string) *clientcmdapi.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	options := clientcmd.NewDefaultPathOptions()
	options.LoadingRules.ExplicitPath = path
	c, err := options.GetStartingConfig()
	if err != nil {
		t.Fatal(err)
	}
	e := ours()
	former := c.AuthInfos[user]
	entry := clientcmdapi.NewAuthInfo()
	if former != nil {
		entry.LocationOfOrigin, entry.Extensions, entry.Impersonate = former.LocationOfOrigin, former.Extensions, former.Impersonate
	}
	entry.Exec = &clientcmdapi.ExecConfig{APIVersion: e.APIVersion, Command: e.Command, Args: e.Args, InstallHint: e.InstallHint,
		InteractiveMode: e.InteractiveMode, ProvideClusterInfo: e.ProvideClusterInfo}
	c.AuthInfos[user] = entry
	for _, name := range contexts {
		c.Contexts[name].AuthInfo = user
	}
	if err := clientcmd.ModifyConfig(options, *c, false); err != nil {
		t.Fatal(err)
	}
	blob, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, string(blob))
}

// What is not edited keeps its bytes: each case says which lines go and which come.
func TestEditKeepsBytes(t *testing.T) {
	exec := func(indent string) string {
		return strings.ReplaceAll(`+exec:
+  apiVersion: client.authentication.k8s.io/v1
+  args:
+  - get-token
+  - --server-id
+  - 6dae42f8-4368-4678-94ff-3960e28e3630
+  command: /usr/local/bin/entralogin
+  installHint: |-
+    entralogin is missing:
+    see https://example.com # here
+  interactiveMode: IfAvailable
+  provideClusterInfo: true
`, "+", indent)
	}
	replace := func(text string, pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			if strings.Count(text, pairs[i]) != 1 {
				t.Fatalf("%q is not there once", pairs[i])
			}
			text = strings.Replace(text, pairs[i], pairs[i+1], 1)
		}
		return text
	}
	clusters := Change{
		Clusters: map[string]map[string]any{"one": {"server": "https://new.example"}, "two": {"server": "https://two.example"}},
		Contexts: map[string]map[string]any{"three": {"cluster": "two", "user": "alice"}}, Current: "three",
	}
	const small = "kind: Config   # mine\nusers:\n- name: alice\n  user: {}\n"
	const lost = "the comments inside the replaced entry could not be kept"
	for name, c := range map[string]struct {
		text, want, note string
		change           Change
	}{
		"kubectl's first": {kubectlStyle, replace(kubectlStyle, "    client-certificate-data: QUJD\n    client-key-data: QUJD\n", exec("    ")), "", change("alice")},
		"kubectl's last":  {kubectlStyle, replace(kubectlStyle, "    token: not-a-real-one\n", exec("    ")), "", change("bob")},
		"kubectl's next":  {kubectlStyle, kubectlStyle + "- name: carol\n  user:\n" + exec("    "), "", change("carol")},
		"a context":       {kubectlStyle, replace(kubectlStyle, "    token: not-a-real-one\n", exec("    "), "    user: alice\n", "    user: bob\n"), "", change("bob", "one")},
		"first by hand":   {byHand, replace(byHand, "      token: not-a-real-one   # from the portal\n      # it ends soon\n", exec("      ")), lost, change("alice")},
		"second by hand": {byHand, replace(byHand, "          extensions:\n          - name: note\n            extension: {text: \"# no comment\"}\n          username: bob\n"+
			"          password: |\n            # not a comment either\n", exec("        ")+"        extensions:\n        - extension:\n            text: '# no comment'\n          name: note\n",
			"      user: alice   # she\n", "      user: bob   # she\n", "      cluster: one   # the same\n    name: three\n", "      cluster: one   # the same\n      user: bob\n    name: three\n"), "", change("bob", "one", "three")},
		"last by hand":            {byHand, replace(byHand, "  - {name: carol, user: {token: x}}\n", "  - name: carol\n    user:\n"+exec("      ")), "", change("carol")},
		"new by hand":             {byHand, replace(byHand, "user: {token: x}}\n", "user: {token: x}}\n  - name: dave\n    user:\n"+exec("      ")), "", change("dave")},
		"empty list":              {variants()["empty list"], replace(variants()["empty list"], "users: [] # none\n", "users: # none\n- name: alice\n  user:\n"+exec("    ")), "", change("alice")},
		"no end of the last line": {strings.TrimSuffix(small, "\n"), small + "- name: carol\n  user:\n" + exec("    "), "", change("carol")},
		"ended":                   {small + "...\n", small + "- name: carol\n  user:\n" + exec("    ") + "...\n", "", change("carol")},
		"ended without a list":    {"kind: Config\n... # all\n# of it\n", "kind: Config\nusers:\n- name: carol\n  user:\n" + exec("    ") + "... # all\n# of it\n", "", change("carol")},
		"bare mark":               {small + "---\n", small + "- name: carol\n  user:\n" + exec("    ") + "---\n", "", change("carol")},
		"byte order mark":         {"\ufeff" + small, "\ufeff" + small + "- name: carol\n  user:\n" + exec("    "), "", change("carol")},
		"merged":                  {variants()["merged"], replace(variants()["merged"], "    exec:\n      <<: *exec\n      command: e\n", exec("    ")), "", change("bob")},
		"a cluster": {kubectlStyle, replace(kubectlStyle, "    certificate-authority-data: QUJD\n    server: https://one.example\n", "    server: https://new.example\n",
			"contexts:\n", "- cluster:\n    server: https://two.example\n  name: two\ncontexts:\n", "current-context: one\n", "- context:\n    cluster: two\n    user: alice\n  name: three\ncurrent-context: three\n"), "", clusters},
		"a cluster in a new file": {"", `apiVersion: v1
kind: Config
clusters:
- cluster:
    server: https://new.example
  name: one
- cluster:
    server: https://two.example
  name: two
contexts:
- context:
    cluster: two
    user: alice
  name: three
current-context: three
`, "", clusters},
		"new file": {"", "apiVersion: v1\nkind: Config\nusers:\n- name: alice\n  user:\n" + exec("    "), "", change("alice")},
	} {
		t.Run(name, func(t *testing.T) {
			for _, end := range []string{"\n", "\r\n"} {
				if c.text == "" && end != "\n" {
					continue
				}
				text, want := strings.ReplaceAll(c.text, "\n", end), strings.ReplaceAll(c.want, "\n", end)
				edited, notes, err := edit([]byte(text), c.change)
				if string(edited) != want || err != nil {
					t.Errorf("%v\n%q\nnot\n%q", err, edited, want)
				}
				if strings.Join(notes, "|") != c.note {
					t.Errorf("notes %q", notes)
				}
			}
		})
	}
}

// What can't be spliced is written anew, and said.
func TestEditWritesAnew(t *testing.T) {
	for name, note := range map[string]string{"flow": "comments", "json": "its layout", "flow in list": "comments", "anchor gone": "comments", "quoted key": "comments"} {
		_, notes, err := edit([]byte(variants()[name]), change("alice"))
		if err != nil || len(notes) != 1 || !strings.Contains(notes[0], note) {
			t.Errorf("%s: %q %v", name, notes, err)
		}
	}
	edited, _, err := edit([]byte(variants()["json"]), change("bob"))
	if err != nil || !strings.HasPrefix(string(edited), "{\n") || !strings.Contains(string(edited), "a<b") {
		t.Errorf("JSON does not stay JSON: %s %v", edited, err)
	}
	// Laid out as it would be written anyway, it loses nothing.
	_, notes, err := edit([]byte(strings.Replace(string(edited), "bob", "carol", 1)), change("bob"))
	if notes != nil || err != nil {
		t.Errorf("%q %v", notes, err)
	}
}

// An entry that is as it should be keeps its bytes, however it is laid out.
func TestEditLeavesWhatIsRight(t *testing.T) {
	for _, text := range []string{
		"kind: Config\nusers:\n- user: {token: a}   # short\n  name: alice\ncontexts: [{name: one, context: {user: alice}}]",
		`{"kind":"Config","users":[{"name":"alice","user":{"token":"a"}}],"contexts":[{"name":"one","context":{"user":"alice"}}]}`,
	} {
		edited, notes, err := edit([]byte(text), Change{Users: map[string]map[string]any{"alice": {"token": "a"}}, Contexts: map[string]map[string]any{"one": {"user": "alice"}}})
		if string(edited) != text || notes != nil || err != nil {
			t.Errorf("%q %q %v", edited, notes, err)
		}
	}
}

func TestEditRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, what string }{
		"two documents":    {"kind: Config\n---\nkind: Config\n", "behind the end"},
		"behind the end":   {"kind: Config\n...\nusers: []\n", "behind the end"},
		"a second alone":   {"---\n---\nkind: Config\n", "behind the end"},
		"twice, no merge":  {"x: &a {b: c, b: d}\nkind: Config\nusers:\n- name: y\n  user:\n    exec: {<<: *a, b: e}\n", `key "b" already set`},
		"rest behind JSON": {"{\"kind\": \"Config\"}\nusers: x\n", "behind the end"},
		"same key twice":   {"kind: Config\nusers: []\nusers: []\n", `key "users" already set`},
		"same user twice":  {"users:\n- name: a\n- name: a\n", `two users with the name "a"`},
		"another kind":     {"kind: Pod\napiVersion: v1\n", `of kind "Pod"`},
		"another version":  {"kind: Config\napiVersion: v2\n", `apiVersion "v2"`},
		"no kubeconfig":    {"name: value\n", "neither a kind nor contexts"},
		"a list":           {"- a\n", "is no kubeconfig"},
		"a word":           {"hello", "is no kubeconfig"},
		"users no list":    {"kind: Config\nusers: 3\n", "users holds number"},
		"a bad entry":      {"kind: Config\nusers:\n- name: x\n  user: {client-key-data: '!'}\n", "is no kubeconfig"},
		"broken":           {"kind: Config\nusers: [\n", "is no YAML"},
		"binary":           {"kind: Config\x00", "not in UTF-8"},
		"UTF-16":           {"\xff\xfek\x00", "not in UTF-8"},
		"a key like <<":    {`{kind: Config, users: [{name: alice}], "<<": {a: b}}`, "without a risk"},
		"a tag":            {"kind: Config\nx: !!binary gA==\nusers: [{name: a}]\n", "without a risk"},
		"no such context":  {"kind: Config\n", `has no context "ctx"`},
		"too large":        {strings.Repeat("#\n", maxFile/2+1), "larger than 16 MiB"},
	} {
		edited, notes, err := edit([]byte(c.text), change("alice", "ctx"))
		if c.what == "without a risk" {
			edited, notes, err = edit([]byte(c.text), change("alice"))
		}
		var bad *Error
		if !errors.As(err, &bad) || edited != nil || notes != nil || !strings.Contains(err.Error(), c.what) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEditIsProvenByClientcmd: what clientcmd reads in the new text has to be what it read in the old one, with the change
// made, whatever stands there for others.
func TestEditIsProvenByClientcmd(t *testing.T) {
	const old = "current-context: one\nclusters:\n- {name: c, cluster: {server: 'https://c.example'}}\ncontexts:\n- {name: one, context: {user: alice, cluster: c}}\n" +
		"users:\n- name: alice\n  user: {token: a}\n- name: bob\n  user: {token: b}\nextensions:\n- {name: x, extension: 1}\n"
	c := Change{Users: map[string]map[string]any{"alice": {"token": "new"}}}
	f, err := File{Text: []byte(old)}.parse()
	if err != nil {
		t.Fatal(err)
	}
	want, err := c.apply(f.meaning)
	if err != nil {
		t.Fatal(err)
	}
	right := strings.Replace(old, "token: a", "token: new", 1)
	for name, test := range map[string]struct {
		from, to string
		proven   bool
	}{
		"right":                {"", "", true},
		"laid out anew":        {"  user: {token: b}", "  user:\n    token: b # his", true},
		"unknown to clientcmd": {"users:", "novel: 1\nusers:", true}, // the other proof's
		"another value":        {"token: new", "token: newer", false},
		"another user":         {"token: b", "token: c", false},
		"a user more":          {"- name: bob", "- {name: carol}\n- name: bob", false},
		"a user less":          {"- name: bob\n  user: {token: b}\n", "", false},
		"a user anew":          {"token: b", "token: b, as: root", false},
		"another server":       {"c.example", "d.example", false},
		"another CA":           {"c.example'", "c.example', certificate-authority-data: QUJD", false},
		"another context":      {"user: alice, ", "user: bob, ", false},
		"another current one":  {"current-context: one", "current-context: two", false},
		"another extension":    {"extension: 1", "extension: 2", false},
		"no kubeconfig":        {"users:", "users: 3\nx:", false},
		"twice":                {"- name: bob", "- name: alice", false},
	} {
		text := right
		if test.from != "" {
			if strings.Count(text, test.from) != 1 {
				t.Fatalf("%s: %q is not there once", name, test.from)
			}
			text = strings.Replace(text, test.from, test.to, 1)
		}
		if got := f.reads([]byte(text), c, want); got != test.proven {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// FuzzEdit: whatever the text is, an edit proves itself or refuses.
func FuzzEdit(f *testing.F) {
	for _, text := range variants() {
		f.Add(text, "alice", "one")
	}
	f.Add("\ufeff{}", "alice", "")
	f.Fuzz(func(t *testing.T, text, user, context string) {
		c := change(user)
		if context != "" {
			c.Contexts[context] = map[string]any{"user": user}
		}
		e, err := Edit([]byte(text), c)
		edited := e.Text
		if err != nil {
			if bad := (*Error)(nil); !errors.As(err, &bad) || edited != nil {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		if shown := strings.ReplaceAll(e.Diff("config"), "\n", ""); shown != plugintext.Clean(shown) {
			t.Errorf("the diff shows %q", shown)
		}
		old, err := File{Text: bytes.TrimPrefix([]byte(text), []byte("\ufeff"))}.parse()
		if err != nil {
			t.Fatal(err)
		}
		want, err := c.apply(old.meaning)
		if err != nil || !means(edited, want) {
			t.Fatalf("%v\n%q became\n%q", err, text, edited)
		}
		if _, err := clientcmd.Load(edited); err != nil {
			t.Fatal(err)
		}
		again, notes, err := edit(edited, c)
		if string(again) != string(edited) || notes != nil || err != nil {
			t.Fatalf("again: %v %v", notes, err)
		}
	})
}
