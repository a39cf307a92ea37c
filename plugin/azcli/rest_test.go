package azcli

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestRestRead(t *testing.T) {
	const arm = "https://management.azure.com"
	for name, test := range map[string]struct {
		in   RestInput
		want string // method, address, headers in the order of their names, body
	}{
		"a path":       {RestInput{URL: "/tenants?api-version=2022-12-01"}, "GET https://management.azure.com/tenants?api-version=2022-12-01"},
		"a host":       {RestInput{URL: "HTTPS://Graph.Microsoft.com:443/v1.0/me#x"}, "GET https://graph.microsoft.com/v1.0/me"},
		"parameters":   {RestInput{URL: "https://a.example/x?a=b c", Parameters: []string{"$top=5", `{"$filter": "a eq 'b'", "n": 1.50, "t": true, "z": null, "l": ["x", 2]}`}}, "GET https://a.example/x?a=b%20c&%24top=5&%24filter=a+eq+%27b%27&l=x&l=2&n=1.50&t=True"},
		"kept escapes": {RestInput{URL: "https://a.example/a%2Fb?c=%20%2B+d"}, "GET https://a.example/a%2Fb?c=%20%2B+d"},
		"two slashes":  {RestInput{URL: "//evil.example/x"}, "GET https://management.azure.com//evil.example/x"},
		"an at sign":   {RestInput{URL: "/@evil.example/"}, "GET https://management.azure.com/@evil.example/"},
		"headers":      {RestInput{Method: "PaTcH", URL: "/x", Headers: []string{"a=b=c", `{'D': "e", 'f': 1}`, "Accept-Encoding=gzip"}}, "PATCH https://management.azure.com/x A: b=c D: e F: 1"},
		"JSON":         {RestInput{Method: "post", URL: "/x", Body: `{"a":  1.0}`}, `POST https://management.azure.com/x Content-Type: application/json {"a":  1.0}`},
		"its type":     {RestInput{Method: "post", URL: "/x", Body: `{}`, Headers: []string{"content-type=text/json"}}, `POST https://management.azure.com/x Content-Type: text/json {}`},
		"Python":       {RestInput{Method: "post", URL: "/x", Body: "{'a': True, 'b': [None, -1, 'it\\'s', \"\\u00e9\\n\",], 'c': (1,)}"}, `POST https://management.azure.com/x Content-Type: application/json {"a":true,"b":[null,-1,"it's","é\n"],"c":[1]}`},
		"text":         {RestInput{Method: "put", URL: "/x", Body: "a=b"}, `PUT https://management.azure.com/x a=b`},
	} {
		test.in.ARM = arm
		if test.in.Method == "" {
			test.in.Method = "get"
		}
		r, err := test.in.Read()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var headers strings.Builder
		r.Header.Write(&headers)
		got := strings.Join(strings.Fields(r.Method+" "+r.URL.String()+" "+headers.String()), " ")
		if got = strings.TrimSpace(got + " " + string(r.Body)); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
	}
}

func TestRestRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		in   RestInput
		want string
	}{
		"a method":        {RestInput{Method: "trace", URL: "/x"}, "'trace' is not a valid value for '--method'. Allowed values: head, get"},
		"no slash":        {RestInput{URL: "subscriptions/x"}, "neither an https address nor a path"},
		"http":            {RestInput{URL: "http://a.example/x"}, "not https"},
		"a user":          {RestInput{URL: "https://management.azure.com@evil.example/"}, "user name"},
		"a trailing dot":  {RestInput{URL: "https://management.azure.com./"}, "no host name has"},
		"another script":  {RestInput{URL: "https://mаnagement.azure.com/"}, "no host name has"},
		"no host":         {RestInput{URL: "https:///x"}, "whose host"},
		"a colon":         {RestInput{URL: "file:///etc/passwd"}, "not https"},
		"ESC":             {RestInput{URL: "https://a.example/\x1b[2J"}, "neither"},
		"a header":        {RestInput{URL: "/x", Headers: []string{"a b=c"}}, "no name of a header"},
		"a header's line": {RestInput{URL: "/x", Headers: []string{"a=b\r\nc: d"}}, "control character"},
		"the host":        {RestInput{URL: "/x", Headers: []string{"hOst=evil.example"}}, "Host stands in --url"},
		"no value":        {RestInput{URL: "/x", Headers: []string{"a"}}, "--headers takes KEY=VALUE"},
		"a list":          {RestInput{URL: "/x", Parameters: []string{`[1]`}}, "JSON that is no object"},
		"an object":       {RestInput{URL: "/x", Parameters: []string{`{"a": {"b": 1}}`}}, "the value of a is no word"},
	} {
		test.in.ARM = "https://management.azure.com"
		if test.in.Method == "" {
			test.in.Method = "get"
		}
		_, err := test.in.Read()
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (RestInput{Method: "get", URL: "/x"}).Read(); err == nil || !strings.Contains(err.Error(), "not known") {
		t.Errorf("without a Resource Manager: %v", err)
	}
}

// FuzzParse looks for a text that is read as something else than what json and Python make of it.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":1}`, "{'a': True}", "['x', (1, 2), None]", "{", "'", "[1 2]", "{'a' 1}", "{1: 2}", "--1", "1e5", "'\\x41'", strings.Repeat("[", 200), "True", "(", "{'a':}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		value, ok := parse(s)
		if json.Valid([]byte(s)) && !ok {
			t.Errorf("%q is JSON", s)
		}
		if !ok {
			return
		}
		if _, err := json.Marshal(value); err != nil {
			t.Errorf("%q became %v: %v", s, value, err)
		}
	})
}
