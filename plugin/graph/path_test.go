package graph

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/text"
)

func TestParsePath(t *testing.T) {
	graphs := []string{"graph.microsoft.com", "graph.test:8443"}
	for asked, want := range map[string]string{
		"me":                       " /v1.0/me",
		"/me/memberOf":             " /v1.0/me/memberOf",
		"v1.0/me":                  " /v1.0/me",
		"/beta/me":                 " /beta/me",
		"betamax":                  " /v1.0/betamax",
		"v1.0":                     " /v1.0",
		"/users?$select=id&$top=5": " /v1.0/users?$select=id&$top=5",
		"users?$filter=displayName eq 'Zoë \"Z\"'":       " /v1.0/users?$filter=displayName%20eq%20'Zo%C3%AB%20%22Z%22'",
		"users?$search=\"a%22b+c\"":                      " /v1.0/users?$search=%22a%22b+c%22",
		"users/c_f.example#EXT#@contoso":                 " /v1.0/users/c_f.example%23EXT%23@contoso",
		"users/50%/x%2Fy%zz":                             " /v1.0/users/50%25/x%2Fy%25zz",
		"users?":                                         " /v1.0/users",
		"users?a&&b=":                                    " /v1.0/users?a&b=",
		`me\x[1]`:                                        " /v1.0/me%5Cx%5B1%5D",
		"//evil.example/me":                              " /v1.0/evil.example/me",
		"me?next=https://evil.example/":                  " /v1.0/me?next=https://evil.example/",
		"https://graph.microsoft.com/beta/me?$select=id": "https://graph.microsoft.com /beta/me?$select=id",
		" HTTPS://Graph.Microsoft.com:443/v1.0/me ":      "https://graph.microsoft.com /v1.0/me",
		"https://graph.test:8443/me/memberOf":            "https://graph.test:8443 /v1.0/me/memberOf",
	} {
		origin, path, err := ParsePath(asked, nil, graphs)
		if got := origin + " " + path; err != nil || got != want {
			t.Errorf("%s\ngot  %s, %v\nwant %s", asked, got, err, want)
		}
		if _, err := (&caller{origin: must(t, "https://graph.microsoft.com")}).address(path); err != nil {
			t.Errorf("%s: %v", asked, err)
		}
	}
}

func TestParsePathRefuses(t *testing.T) {
	for asked, want := range map[string]string{
		"":                                   "no path",
		"/":                                  "no path",
		"?$top=1":                            "no path",
		"me\x1b":                             "control",
		"me\u202e?x":                         "control",
		"me/photo/$value":                    "$value",
		"me?=id":                             "single quotes",
		"users?$top=1&=x":                    "single quotes",
		"https://graph.microsoft.com":        "no path",
		"https://graph.microsoft.com/":       "no path",
		"http://graph.microsoft.com/v1.0/me": "https://",
		"ftp://graph.microsoft.com/v1.0/me":  "https://",
		"https://graph.microsoft.com.evil.example/v1.0/me": "another host",
		"https://evil.example/graph.microsoft.com":         "another host",
		"https://evil.example?https://graph.microsoft.com": "another host",
		"https://graph.microsoft.com:8443/v1.0/me":         "another host",
		"https://graph.microsoft.com./v1.0/me":             "another host",
		"https://graph.microsoft.us/v1.0/me":               "another host",
		"https://gr\u0430ph.microsoft.com/v1.0/me":         "another host",
		"https://me:hunter2@graph.microsoft.com/v1.0/me":   "user name",
		"https://graph.microsoft.com@evil.example/me":      "user name",
		`https://graph.microsoft.com\@evil.example/me`:     "not an address",
		"https:///me": "not an address",
		"://me":       "not an address",
	} {
		var usage *UsageError
		origin, path, err := ParsePath(asked, nil, []string{"graph.microsoft.com"})
		if !errors.As(err, &usage) || !strings.Contains(usage.What, want) || origin+path != "" || text.Clean(usage.What) != usage.What || strings.Contains(usage.What, "hunter2") {
			t.Errorf("%q: got %q, %q, %v; want an error with %q", asked, origin, path, err, want)
		}
	}
}

// Whatever is asked for, the token goes to a Graph that is known, and what is asked for can be.
func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"me", "/v1.0/me?$select=id", "beta//x", "https://graph.microsoft.com/v1.0/me", "https://evil.example/", "//evil.example/x",
		"@evil.example", "\\\\evil.example", "..//x?y#z", "%2f%zz", "?=", "https://graph.microsoft.com@evil.example/", "v1.0"} {
		f.Add(seed, "$filter", "x eq 'y'")
	}
	f.Fuzz(func(t *testing.T, asked, name, value string) {
		origin, path, err := ParsePath(asked, []Option{{name, value}}, []string{"graph.microsoft.com"})
		var usage *UsageError
		if errors.As(err, &usage) && text.Clean(usage.What) == usage.What {
			return
		}
		if err != nil || origin != "" && origin != "https://graph.microsoft.com" {
			t.Fatalf("got %q, %v", origin, err)
		}
		u, err := (&caller{origin: must(t, "https://graph.microsoft.com")}).address(path)
		if err != nil || u.Host != "graph.microsoft.com" || u.User != nil || !strings.HasPrefix(u.Path, "/v1.0") && !strings.HasPrefix(u.Path, "/beta") {
			t.Fatalf("%q becomes %v, %v", path, u, err)
		}
		if got := u.Query()[name]; !slices.Contains(got, value) {
			t.Errorf("%s is %q, not %q", name, got, value)
		}
	})
}

func TestParsePathWithOptions(t *testing.T) {
	options := []Option{{"$select", "id,displayName"}, {"$filter", "startswith(displayName,'A&B + #1') and x eq '50%20'"}, {"a&b", "c=d"}}
	_, path, err := ParsePath("users?$top=1", options, nil)
	want := "/v1.0/users?$top=1&$select=id%2CdisplayName&$filter=startswith%28displayName%2C%27A%26B%20%2B%20%231%27%29%20and%20x%20eq%20%2750%2520%27&a%26b=c%3Dd"
	if err != nil || path != want {
		t.Errorf("got  %s, %v\nwant %s", path, err, want)
	}
	var usage *UsageError
	if _, _, err := ParsePath("users", []Option{{"", "x"}}, nil); !errors.As(err, &usage) {
		t.Errorf("an option without a name: %v", err)
	}
}

// Graph sees the query as it was asked for, and wants a header for some.
func TestQueriesAsGraphSeesThem(t *testing.T) {
	for asked, eventual := range map[string]bool{
		"users?$filter=displayName eq 'Zoë & Co'": false, // which is two options, as in a browser
		"users?$search=\"displayName:al\"":        true, "users?search=x": true, "users?$count=true": true, "users?$Count=TRUE": true,
		"users?$count=false": false, "users?$select=count": false, "users": false,
	} {
		_, path, err := ParsePath(asked, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.HandleFunc("GET /v1.0/users", func(w http.ResponseWriter, req *http.Request) {
			if got := req.Header.Get("ConsistencyLevel"); (got == "eventual") != eventual || len(req.Header["Consistencylevel"]) > 1 {
				t.Errorf("%s: ConsistencyLevel is %q", asked, got)
			}
			_, query, _ := strings.Cut(asked, "?")
			for pair := range strings.SplitSeq(query, "&") {
				name, value, _ := strings.Cut(pair, "=")
				if got := req.URL.Query().Get(name); got != strings.TrimSpace(value) && got != value {
					t.Errorf("%s: %s is %q", asked, name, got)
				}
			}
			says(200, "{}")(w, req)
		})
		m, _ := serve(t, mux)
		m.Path = path
		if _, err := reply(t, m); err != nil {
			t.Errorf("%s: %v", asked, err)
		}
	}
}

func TestNumber(t *testing.T) {
	for body, want := range map[string]string{
		"42": "42", "\xef\xbb\xbf42\n": "42", "12345678901234567890": "12345678901234567890",
		"": "", "x": "", `"4"`: "", "null": "", "4 2": "", "{}": "", "\x1b[31m4": "",
	} {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /v1.0/users/$count", func(w http.ResponseWriter, req *http.Request) {
			if req.Header.Get("ConsistencyLevel") != "eventual" {
				t.Error("Graph does not count without ConsistencyLevel")
			}
			w.Header().Set("Content-Type", "text/plain")
			w.Write([]byte(body))
		})
		for _, format := range []Format{JSON, YAML, Table} {
			m, _ := serve(t, mux)
			m.Path, m.Format = "/v1.0/users/$count", format
			got, err := reply(t, m)
			if strings.TrimSuffix(got, "\n") != want || (err == nil) != (want != "") {
				t.Errorf("%s of %q: got %q, %v", format, body, got, err)
			}
		}
	}
}

// The columns are those of $select, in its order; what is known has its label.
func TestSelectedColumns(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/users", says(200, `{"value":[{"id":"1","displayName":"Ann","department":"Ops","n":12345678901234567890}]}`))
	m, _ := serve(t, mux)
	m.Path = "/v1.0/users?$select=n,%20displayName,,none"
	want := "n                     Name  none\n12345678901234567890  Ann\n"
	if got, err := reply(t, m); err != nil || got != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
	}
}

// Entries that the token may not read have an ID and no name; the person is told why.
func TestBareEntries(t *testing.T) {
	const group = `{"@odata.type":"#microsoft.graph.group","id":"1","displayName":`
	for body, want := range map[string]string{
		group + `null},` + group + `null},` + group + `"x"}`: "of 2 of 3 entries",
		group + `"x"}`: "",
		`{"@odata.type":"#microsoft.graph.group","id":"1"}`: "", // $select=id
		`{"id":"1","displayName":null}`:                     "",
	} {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /v1.0/me/memberOf", says(200, `{"value":[`+body+`]}`))
		m, _ := serve(t, mux)
		m.Path = "/v1.0/me/memberOf"
		var notes string
		m.Note = func(s string) { notes += s }
		if _, err := reply(t, m); err != nil || !strings.Contains(notes, want) || (notes == "") != (want == "") {
			t.Errorf("%s: got %v and %q", body, err, notes)
		}
	}
}

func must(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := origin(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
