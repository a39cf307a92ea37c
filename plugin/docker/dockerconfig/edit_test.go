package dockerconfig

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/text"
)

const registry = "contoso.azurecr.io"

func set(registries ...string) Change   { return Change{Set: registries} }
func unset(registries ...string) Change { return Change{Unset: registries} }

func edit(t *testing.T, content string, c Change) string {
	t.Helper()
	f, err := Parse([]byte(content))
	if err != nil {
		t.Fatalf("%q: %v", content, err)
	}
	e, err := f.Edit(c)
	if err != nil {
		t.Fatalf("%q: %v", content, err)
	}
	return string(e.Text)
}

// What is new stands as its neighbours do, and all else keeps its bytes.
func TestEdit(t *testing.T) {
	for name, test := range map[string]struct{ before, after string }{
		"no file":    {"", "{\n\t\"credHelpers\": {\n\t\t\"contoso.azurecr.io\": \"entralogin\"\n\t}\n}\n"},
		"blank":      {" \n\n", "{\n\t\"credHelpers\": {\n\t\t\"contoso.azurecr.io\": \"entralogin\"\n\t}\n}\n"},
		"docker's":   {"{\n\t\"auths\": {},\n\t\"credsStore\": \"desktop\"\n}", "{\n\t\"auths\": {},\n\t\"credsStore\": \"desktop\",\n\t\"credHelpers\": {\n\t\t\"contoso.azurecr.io\": \"entralogin\"\n\t}\n}"},
		"two blanks": {"{\n  \"auths\" : {}\n}\n", "{\n  \"auths\" : {},\n  \"credHelpers\" : {\n    \"contoso.azurecr.io\" : \"entralogin\"\n  }\n}\n"},
		"one line":   {`{"auths":{"x":{"auth":"c2VjcmV0"}},"n":1.50}`, `{"auths":{"x":{"auth":"c2VjcmV0"}},"n":1.50,"credHelpers":{"contoso.azurecr.io":"entralogin"}}`},
		"spaced":     {`{ "a": 1, "b": 2 }`, `{ "a": 1, "b": 2, "credHelpers": {"contoso.azurecr.io": "entralogin"} }`},
		"empty":      {"{}", "{\n\t\"credHelpers\": {\n\t\t\"contoso.azurecr.io\": \"entralogin\"\n\t}\n}"},
		"CRLF":       {"{\r\n  \"a\": 1\r\n}\r\n", "{\r\n  \"a\": 1,\r\n  \"credHelpers\": {\r\n    \"contoso.azurecr.io\": \"entralogin\"\r\n  }\r\n}\r\n"},
		"others": {"{\n  \"credHelpers\": {\n    \"gcr.io\": \"gcloud\"\n  },\n  \"z\": 1, \"a\": 2\n}",
			"{\n  \"credHelpers\": {\n    \"gcr.io\": \"gcloud\",\n    \"contoso.azurecr.io\": \"entralogin\"\n  },\n  \"z\": 1, \"a\": 2\n}"},
		"none yet":   {"{\n  \"credHelpers\": {},\n  \"a\": 1\n}", "{\n  \"credHelpers\": {\n    \"contoso.azurecr.io\": \"entralogin\"\n  },\n  \"a\": 1\n}"},
		"null":       {`{"credHelpers": null}`, `{"credHelpers": {"contoso.azurecr.io": "entralogin"}}`},
		"their case": {`{"CredHelpers":{"gcr.io":"gcloud"}}`, `{"CredHelpers":{"gcr.io":"gcloud","contoso.azurecr.io":"entralogin"}}`},
		"an escape":  {`{"credHelpers":{"contoso\u002eazurecr.io":"entralogin"}}`, `{"credHelpers":{"contoso\u002eazurecr.io":"entralogin"}}`},
		"blank line": {"{\n\t\"a\": 1,\n\n\t\"b\": 2\n}", "{\n\t\"a\": 1,\n\n\t\"b\": 2,\n\t\"credHelpers\": {\n\t\t\"contoso.azurecr.io\": \"entralogin\"\n\t}\n}"},
		"another's capitals": {`{"credHelpers":{"Contoso.azurecr.io":"x"}}`,
			`{"credHelpers":{"Contoso.azurecr.io":"x","contoso.azurecr.io":"entralogin"}}`},
	} {
		after := edit(t, test.before, set(registry))
		if after != test.after {
			t.Errorf("%s:\n%s\nnot\n%s", name, after, test.after)
		}
		if again := edit(t, after, set(registry)); again != after {
			t.Errorf("%s, twice:\n%s", name, again)
		}
	}
}

// Unset takes back what setup wrote, to the byte, and leaves the helpers of others.
func TestUnset(t *testing.T) {
	for name, content := range map[string]string{
		"docker's": "{\n\t\"auths\": {\n\t\t\"https://index.docker.io/v1/\": {}\n\t},\n\t\"credsStore\": \"desktop\"\n}",
		"one line": `{"auths":{"x":{"auth":"c2VjcmV0"}},"n":1.50}`, "empty": "{}", "CRLF": "{\r\n  \"a\": 1\r\n}\r\n",
		"others": "{\n  \"credHelpers\": {\n    \"gcr.io\": \"gcloud\"\n  },\n  \"z\": 1\n}\n",
	} {
		registries := []string{registry, "fabrikam.azurecr.io", "localhost:5000"}
		after := edit(t, content, set(registries...))
		if f, err := Parse([]byte(after)); err != nil || !slices.Equal(f.Ours(), registries) {
			t.Errorf("%s: %v, %v", name, f.Ours(), err)
		}
		if back := edit(t, after, unset(registries...)); back != content {
			t.Errorf("%s:\n%q\nnot\n%q", name, back, content)
		}
	}
	const mixed = `{"credHelpers": {"contoso.azurecr.io": "entralogin", "gcr.io": "gcloud"}, "a": [1, 2]}`
	if got, want := edit(t, mixed, unset(registry, "gcr.io", "not.there")), `{"credHelpers": {"gcr.io": "gcloud"}, "a": [1, 2]}`; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	if got := edit(t, `{"a":1,"credHelpers":{"contoso.azurecr.io":"entralogin"},"b":2}`, unset(registry)); got != `{"a":1,"b":2}` {
		t.Error(got)
	}
}

// Another helper stays, unless its place is asked for.
func TestTaken(t *testing.T) {
	const content = `{"credHelpers":{"contoso.azurecr.io":"acr-env","gcr.io":"gcloud"}}`
	f, err := Parse([]byte(content))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Edit(set(registry))
	if taken, ok := errors.AsType[*TakenError](err); !ok || *taken != (TakenError{registry, "acr-env"}) {
		t.Error(err)
	}
	e, err := f.Edit(Change{Set: []string{registry}, Overwrite: true})
	if err != nil || string(e.Text) != strings.Replace(content, "acr-env", "entralogin", 1) {
		t.Errorf("%s, %v", e.Text, err)
	}
	const diff = "--- /h/x\n+++ /h/x\n@@ credHelpers @@\n-    \"contoso.azurecr.io\": \"acr-env\"\n+    \"contoso.azurecr.io\": \"entralogin\"\n"
	if got := e.Diff("/h/\x1bx"); got != diff {
		t.Errorf("%q", got)
	}
}

func TestParse(t *testing.T) {
	const secret = "c2VjcmV0LXRva2Vu"
	f, err := Parse([]byte(`{"auths":{"https://contoso.azurecr.io":{"auth":"` + secret + `"},"Contoso.azurecr.io/team":{"identitytoken":"x"},"docker.io":{},"other.io":{"auth":"","email":"a"}},
		"credsStore":"desktop","credHelpers":{"contoso.azurecr.io":"entralogin","gcr.io":"gcloud"}}`))
	if err != nil || f.Store != "desktop" || !reflect.DeepEqual(f.Helpers, map[string]string{registry: Helper, "gcr.io": "gcloud"}) {
		t.Errorf("%+v, %v", f, err)
	}
	if got, want := f.PasswordsOf(registry), []string{"Contoso.azurecr.io/team", "https://contoso.azurecr.io"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := f.PasswordsOf("other.io"); got != nil {
		t.Errorf("%q", got)
	}
	for name, test := range map[string]struct{ content, want string }{
		"no JSON":           {"{\n\"a\": \"" + secret + "\"\n\"b\"}", "goes wrong in line 3"},
		"cut":               {`{"auths": {"x": {"auth": "` + secret, "is no JSON"},
		"two documents":     {`{"a": 1} {"b": "` + secret + `"}`, "is no JSON"},
		"a comment":         {"{ // " + secret + "\n}", "is no JSON"},
		"a list":            {`["` + secret + `"]`, "no JSON object"},
		"null":              {`null`, "no JSON object"},
		"a mark":            {"\ufeff{}", "byte order mark"},
		"UTF-16":            {"{\x00}\x00", "not in UTF-8"},
		"Latin-1":           {"{\"\xff\":1}", "not in UTF-8"},
		"large":             {strings.Repeat(" ", maxFile+1), "4 MiB"},
		"helpers twice":     {`{"credHelpers":{"a":"` + secret + `"},"CREDHELPERS":{}}`, "twice"},
		"a registry twice":  {`{"credHelpers":{"a":"b","\u0061":"c"}}`, "twice"},
		"helpers are words": {`{"credHelpers":"` + secret + `"}`, "no object of texts"},
		"helpers are none":  {`{"credHelpers":{"a":5}}`, "no object of texts"},
		"a store of 5":      {`{"credsStore":5}`, "no text"},
		"auths of words":    {`{"auths":{"a":"` + secret + `"}}`, "no object of objects"},
	} {
		_, err := Parse([]byte(test.content))
		if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.What, test.want) || strings.Contains(e.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzEdit proves with another reader, as docker's and podman's is one of Go, that nothing but a helper has changed.
func FuzzEdit(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"credHelpers":null}`, `{"credHelpers":{"a":"b"},"x":[{}]}`, "{\r\n\t\"credHelpers\":\r\n{ }\r\n}", `{"CREDHELPERS":{"contoso.azurecr.io":"entralogin"},"b":1e400}`, "{\"a\":{}\n,\"b\":1}",
		`{"credHelpers":{"contoso.azurecr.io":"x","a":"b"}}`, `{"credhelper\u017f":{"a":"b"},"credHelpers":{"c":"d"}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		file, err := Parse([]byte(content))
		if err != nil {
			if text.Clean(err.Error()) != err.Error() {
				t.Errorf("%q", err.Error())
			}
			return
		}
		e, err := file.Edit(Change{Set: []string{registry}, Overwrite: true})
		if err != nil {
			if !errors.Is(err, errRisky) {
				t.Errorf("%q: %v", content, err)
			}
			return
		}
		before, after := decode(t, content), decode(t, string(e.Text))
		if after.CredHelpers[registry] != Helper {
			t.Errorf("%q: %q", content, e.Text)
		}
		want := maps.Clone(before.CredHelpers)
		if want == nil {
			want = map[string]string{}
		}
		want[registry] = Helper
		if !maps.Equal(want, after.CredHelpers) || !reflect.DeepEqual(before.rest, after.rest) {
			t.Errorf("%q: %q", content, e.Text)
		}
		now, err := Parse(e.Text)
		if err != nil {
			t.Fatalf("%q: %v", e.Text, err)
		}
		back, err := now.Edit(unset(registry))
		if err != nil {
			t.Fatalf("%q: %v", e.Text, err)
		}
		if last := decode(t, string(back.Text)); last.CredHelpers[registry] != "" || !reflect.DeepEqual(last.rest, before.rest) {
			t.Errorf("%q: %q", content, back.Text)
		}
	})
}

// read is what docker's and podman's decoder makes of a file.
type read struct {
	CredHelpers map[string]string `json:"credHelpers"`
	rest        map[string]string
}

func decode(t *testing.T, content string) read {
	t.Helper()
	var r read
	if strings.TrimSpace(content) == "" {
		r.rest = map[string]string{}
		return r
	}
	all := map[string]json.RawMessage{}
	if err := errors.Join(json.Unmarshal([]byte(content), &r), json.Unmarshal([]byte(content), &all)); err != nil {
		t.Fatalf("%q: %v", content, err)
	}
	r.rest = map[string]string{}
	for key, value := range all {
		if !strings.EqualFold(key, helpersKey) {
			r.rest[key] = string(value)
		}
	}
	return r
}
