package kube

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"
)

// execInfo is what kubectl passes with provideClusterInfo: true, with the cluster's config as given.
func execInfo(config string) string {
	return `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":{` +
		`"server":"https://10.0.0.1:6443","tls-server-name":"api.internal","config":` + config + `},"interactive":true}}`
}

const plainInfo = `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}}`

func nested(depth int) string {
	return strings.Replace(plainInfo, `"spec":{`, `"x":`+strings.Repeat(`[`, depth)+strings.Repeat(`]`, depth)+`,"spec":{`, 1)
}

func TestReadInfoAccepts(t *testing.T) {
	ca := base64.StdEncoding.EncodeToString(make([]byte, 90<<10)) // 120 KiB of text
	for name, test := range map[string]struct {
		raw         string
		version     string
		interactive bool
		server      string
	}{
		"v1":                       {plainInfo, V1, false, ""},
		"v1beta1":                  {strings.Replace(plainInfo, "/v1", "/v1beta1", 1), V1Beta1, false, ""},
		"cluster":                  {execInfo(`null`), V1, true, "https://10.0.0.1:6443"},
		"120 KiB of CA":            {strings.Replace(execInfo(`null`), `"config"`, `"certificate-authority-data":"`+ca+`","config"`, 1), V1, true, "https://10.0.0.1:6443"},
		"unknown field":            {strings.Replace(plainInfo, `"spec":{`, `"status":null,"extra":[{"a":1}],"spec":{"new":{"b":2},`, 1), V1, false, ""},
		"other case":               {strings.Replace(plainInfo, `"spec":{`, `"Spec":{"interactive":true},"spec":{`, 1), V1, false, ""},
		"other kind in other case": {strings.Replace(plainInfo, `"spec":{`, `"KIND":"Secret","apiversion":"v1","Kind":7,"spec":{`, 1), V1, false, ""},
		"spaces around":            {"\n " + plainInfo + " \r\n", V1, false, ""},
		"no spec":                  {`{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"}`, V1, false, ""},
		"huge number":              {strings.Replace(plainInfo, `"spec":{`, `"x":1e999,"spec":{`, 1), V1, false, ""},
		"BOM":                      {"\xef\xbb\xbf" + plainInfo, V1, false, ""},
		"63 deep":                  {nested(63), V1, false, ""},
		".NET's kind":              {strings.Replace(plainInfo, "ExecCredential", "ExecCredentials", 1), V1, false, ""},
		"no kind":                  {`{"apiVersion":"` + V1Beta1 + `"}`, V1Beta1, false, ""},
		"empty kind":               {`{"apiVersion":"` + V1 + `","kind":""}`, V1, false, ""},
		"kind null":                {`{"apiVersion":"` + V1 + `","kind":null}`, V1, false, ""},
		"no apiVersion":            {`{"kind":"ExecCredential","spec":{"interactive":true}}`, "", true, ""},
		"no version":               {`{"kind":"ExecCredential","apiVersion":""}`, "", false, ""},
		"object":                   {"{}", "", false, ""},
		"null":                     {"null", "", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			info, err := ReadInfo([]byte(test.raw))
			if err != nil {
				t.Fatal(err)
			}
			server := ""
			if info.Cluster != nil {
				server = info.Cluster.Server
			}
			sameByHand(t, []byte(test.raw), info, nil)
			if info.APIVersion != test.version || info.Interactive != test.interactive || server != test.server {
				t.Errorf("got %+v with server %q", info, server)
			}
		})
	}
}

func TestReadInfoRefuses(t *testing.T) {
	const secret = "s3cr3t-value"
	for name, test := range map[string]struct{ raw, want string }{
		"empty":                 {"", "is empty"},
		"blank":                 {" \n\t", "is empty"},
		"not JSON":              {"kind: ExecCredential", "is not JSON"},
		"truncated":             {plainInfo[:len(plainInfo)-1], "is cut short"},
		"truncated in a text":   {plainInfo[:30], "is cut short"},
		"trailing data":         {plainInfo + plainInfo, "goes on behind its end"},
		"trailing bracket":      {plainInfo + "}", "goes on behind its end"},
		"comma at the end":      {strings.Replace(plainInfo, "false", "false,", 1), "is not JSON"},
		"not UTF-8":             {strings.Replace(plainInfo, "false", `false,"x":"`+"\xff\"", 1), "is not UTF-8"},
		"larger than 1 MiB":     {plainInfo + strings.Repeat(" ", MaxInfo), "is larger than 1024 KiB"},
		"array":                 {"[" + plainInfo + "]", "wrong type"},
		"text":                  {`"` + secret + `"`, "wrong type"},
		"v1alpha1":              {strings.Replace(plainInfo, "/v1", "/v1alpha1", 1), V1 + " and " + V1Beta1 + " work"},
		"v2":                    {strings.Replace(plainInfo, "/v1", "/v2", 1), V1 + " and " + V1Beta1 + " work"},
		"other group":           {strings.Replace(plainInfo, "client.authentication.k8s.io/v1", "v1", 1), V1 + " and " + V1Beta1 + " work"},
		"wrong kind":            {strings.Replace(plainInfo, "ExecCredential", "TokenReview", 1), `has the kind "TokenReview"`},
		"kind in other letters": {strings.Replace(plainInfo, "ExecCredential", "execcredential", 1), `has the kind "execcredential"`},
		"kind is a number":      {strings.Replace(plainInfo, `"ExecCredential"`, "7", 1), `"kind"`},
		"duplicate key":         {strings.Replace(plainInfo, `"kind"`, `"kind":"ExecCredential","kind"`, 1), `has the key "kind" twice`},
		"duplicate in spec":     {strings.Replace(plainInfo, `"interactive"`, `"interactive":true,"interactive"`, 1), `has the key "interactive" twice`},
		"duplicate, escaped":    {strings.Replace(plainInfo, `"interactive"`, `"interactiv\u0065":true,"interactive"`, 1), `has the key "interactive" twice`},
		"duplicate in config":   {execInfo(`{"tenant-id":"a","tenant-id":"b"}`), `has the key "tenant-id" twice`},
		"duplicate far in":      {execInfo(`{"kind":[{"x":{"y":1,"y":2}}]}`), `has the key "y" twice`},
		"10,000 deep":           {nested(10_000), "nested more than 64 deep"},
		"64 deep":               {nested(64), "nested more than 64 deep"},
		"1,000,000 open":        {strings.Repeat("[", 1_000_000), "nested more than 64 deep"},
		"interactive is a text": {strings.Replace(plainInfo, "false", `"false"`, 1), `"spec.interactive"`},
		"server is a number":    {strings.Replace(execInfo("null"), `"https://10.0.0.1:6443"`, "7", 1), `"spec.cluster.server"`},
		"spec is an array":      {strings.Replace(plainInfo, `{"interactive":false}`, "[]", 1), `"spec"`},
		"config is a text":      {execInfo(`"` + secret + `"`), "cluster config that is not an object"},
		"config is an array":    {execInfo(`["` + secret + `"]`), "cluster config that is not an object"},
		"config is a number":    {execInfo(`7`), "cluster config that is not an object"},
		"config: unknown key":   {execInfo(`{"tenantid":"` + secret + `"}`), `"tenantid" in the cluster's config; is "tenant-id" meant?`},
		"config: secret":        {execInfo(`{"client-secret":"` + secret + `"}`), `unknown key "client-secret"`},
		"config: YAML 1.1 key":  {execInfo(`{"false":"` + secret + `"}`), `unknown key "false"`},
		"config: number":        {execInfo(`{"tenant-id":7}`), `"tenant-id" in the cluster's config: it has to be a text`},
		"config: null value":    {execInfo(`{"tenant-id":null}`), `"tenant-id" in the cluster's config: it has to be a text`},
		"config: list":          {execInfo(`{"tenant-id":["` + secret + `"]}`), `"tenant-id" in the cluster's config: it has to be a text`},
		"config: empty":         {execInfo(`{"tenant-id":" "}`), `empty "tenant-id"`},
		"config: control":       {execInfo(`{"account":"a\u001b[31m` + secret + `"}`), `control or invisible characters in "account"`},
		"config: scope number":  {execInfo(`{"scope":[7]}`), `"scope" in the cluster's config: it has to be a text or a list of texts`},
		"config: scope null":    {execInfo(`{"scope":["a",null]}`), `"scope" in the cluster's config: it has to be a text or a list of texts`},
		"config: no scope":      {execInfo(`{"scope":[]}`), `empty "scope"`},
		"ESC in the kind":       {strings.Replace(plainInfo, "ExecCredential", `\u001b]0;Exec`, 1), `has the kind "]0;Exec"`},
		"ESC in a key":          {execInfo(`{"\u001b[2Jx":1}`), `unknown key "[2Jx"`},
		"bidi in the version":   {strings.Replace(plainInfo, "/v1", `/\u202ev9`, 1), `"client.authentication.k8s.io/v9"`},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := ReadInfo([]byte(test.raw))
			sameByHand(t, []byte(test.raw), Info{}, err)
			var input *InputError
			if !errors.As(err, &input) {
				t.Fatalf("got %v (%T), want an *InputError", err, err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, want it to say %q", err, test.want)
			}
			if strings.Contains(err.Error(), secret) || len(err.Error()) > 400 {
				t.Errorf("the message shows the input: %q", err)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	for name, test := range map[string]struct {
		config string
		want   map[string]string
	}{
		"null":         {`null`, map[string]string{}},
		"empty":        {`{}`, map[string]string{}},
		"its own type": {`{"apiVersion":"example.com/v1","kind":"Config"}`, map[string]string{}},
		"all": {`{"tenant-id":"t","client-id":"c","server-id":"s","environment":"e","authority-host":"h","account":"a@b","token-kind":"id","prompt":"never","login":"browser","scope":"x/y"}`,
			map[string]string{"tenant-id": "t", "client-id": "c", "server-id": "s", "environment": "e", "authority-host": "h",
				"account": "a@b", "token-kind": "id", "prompt": "never", "login": "browser", "scope": "x/y"}},
		"list of scopes":  {`{"scope":["openid","x/y"]}`, map[string]string{"scope": "openid x/y"}},
		"scopes in a row": {`{"scope":" openid  x/y "}`, map[string]string{"scope": "openid x/y"}},
	} {
		t.Run(name, func(t *testing.T) {
			info, err := ReadInfo([]byte(execInfo(test.config)))
			if err != nil {
				t.Fatal(err)
			}
			got, err := info.Settings()
			if err != nil || !maps.Equal(got, test.want) {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
		})
	}
	if got, err := (Info{}).Settings(); err != nil || len(got) > 0 {
		t.Errorf("none: got %v, %v", got, err)
	}
}

// What ReadInfo takes, encoding/json takes too, its settings are among those that are known, and it says what is read
// without client-go.
func FuzzReadInfo(f *testing.F) {
	for _, seed := range []string{"", "null", "[]", plainInfo, plainInfo + "x", plainInfo[:40], nested(3), nested(100),
		strings.Replace(plainInfo, "/v1", "/v1beta1", 1), strings.Replace(plainInfo, "/v1", "/v1alpha1", 1),
		strings.Replace(plainInfo, "false", `"false"`, 1), strings.Replace(plainInfo, `"kind"`, `"kind":1,"kind"`, 1),
		execInfo("null"), execInfo(`"x"`), execInfo(`[1]`), execInfo(`{"scope":["a","b"]}`), execInfo(`{"tenant-id":"\u001b"}`),
		execInfo(`{"n":1,"on":{}}`), "\xef\xbb\xbf" + plainInfo, "\xff\xfe{\x00}\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		info, err := ReadInfo(raw)
		if err != nil {
			var input *InputError
			if !errors.As(err, &input) {
				t.Fatalf("%T is no *InputError", err)
			}
			return
		}
		sameByHand(t, raw, info, nil)
		if !json.Valid(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))) {
			t.Error("taken, though it is not JSON")
		}
		if info = info.Or(V1); info.APIVersion != V1 && info.APIVersion != V1Beta1 {
			t.Errorf("taken with apiVersion %q", info.APIVersion)
		}
		if _, err := info.Settings(); err != nil {
			t.Errorf("taken, but its settings are not: %v", err)
		}
	})
}
