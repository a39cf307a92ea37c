package azcli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// Methods are those of "az rest", in the order in which it lists them.
func Methods() []string {
	return []string{"head", "get", "put", "post", "delete", "options", "patch"}
}

// RestInput is what the flags of "az rest" say. What an @ names has been read.
//
// https://learn.microsoft.com/cli/azure/reference-index#az-rest
type RestInput struct {
	Method     string
	URL        string   // or a path below ARM
	Body       string   // JSON, Python's way of writing the same, or any text
	Headers    []string // KEY=VALUE or a JSON object, each
	Parameters []string // the same, of the query
	ARM        string   // origin of Azure Resource Manager; "" where it is not known
}

// Rest is a request to be made.
type Rest struct {
	Method string
	URL    *url.URL // https, its host in lower case and without the usual port
	Header http.Header
	Body   []byte // nil for none
}

// Subscription is the ID of the subscription whose resource an address names, "" if it names none.
func (r Rest) Subscription() string {
	_, rest, _ := strings.Cut(strings.ToLower(r.URL.Path), "/subscriptions/")
	if id, _, _ := strings.Cut(rest, "/"); authority.IsGUID(id) {
		return id
	}
	return ""
}

// Read reads what the flags say. Errors: *Error.
func (in RestInput) Read() (Rest, error) {
	r := Rest{Method: strings.ToUpper(in.Method), Header: http.Header{}}
	if !slices.Contains(Methods(), strings.ToLower(in.Method)) {
		return r, errorf("'%s' is not a valid value for '--method'. Allowed values: %s", text.Short(in.Method, 40), strings.Join(Methods(), ", "))
	}
	var err error
	if r.URL, err = in.address(); err != nil {
		return r, err
	}
	headers, err := pairs("headers", in.Headers)
	if err != nil {
		return r, err
	}
	for _, h := range headers {
		if err := checkHeader(h[0], h[1]); err != nil {
			return r, err
		}
		r.Header.Set(h[0], h[1])
	}
	r.Header.Del("Accept-Encoding") // what is read here is not compressed
	if in.Body == "" {
		return r, nil
	}
	r.Body = []byte(in.Body)
	if value, ok := parse(in.Body); ok {
		if !json.Valid(r.Body) {
			if r.Body, err = json.Marshal(value); err != nil {
				return r, errorf("--body can't be written as JSON")
			}
		}
		if r.Header.Get("Content-Type") == "" {
			r.Header.Set("Content-Type", "application/json")
		}
	}
	return r, nil
}

// address is that of --url, with the parameters. It may lack https and the host, but nothing else can stand before them.
func (in RestInput) address() (*url.URL, error) {
	raw := in.URL
	if strings.HasPrefix(raw, "/") {
		if in.ARM == "" {
			return nil, errorf("--url is a path, and the Azure Resource Manager of this sign-in service is not known: give the whole address, and --resource")
		}
		raw = in.ARM + raw
	}
	u, err := url.Parse(raw)
	shown := text.URL(raw, 100)
	switch {
	case err != nil || u.Host == "" && u.Scheme == "":
		return nil, errorf("--url is %q, which is neither an https address nor a path that begins with a slash", shown)
	case !strings.EqualFold(u.Scheme, "https"):
		return nil, errorf("--url is %q, which is not https: entralogin sends nothing unencrypted; curl does", shown)
	case u.User != nil:
		return nil, errorf("--url is %q, which has a user name in it", shown)
	}
	host, err := authority.OriginHost(u.Host)
	if err != nil {
		return nil, errorf("--url is %q, whose host %v", shown, err)
	}
	parameters, err := pairs("uri-parameters", in.Parameters)
	if err != nil {
		return nil, err
	}
	query := []string{escapeQuery(u.RawQuery)}
	for _, p := range parameters {
		query = append(query, url.QueryEscape(p[0])+"="+url.QueryEscape(p[1]))
	}
	u.Host, u.Fragment, u.RawFragment = host, "", ""
	u.RawQuery = strings.TrimPrefix(strings.Join(query, "&"), "&")
	return u, nil
}

// escapeQuery escapes what may not stand in a query, as spaces, and leaves the rest as it was written.
func escapeQuery(query string) string {
	var out strings.Builder
	for _, c := range []byte(query) {
		if c <= ' ' || c > '~' || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			fmt.Fprintf(&out, "%%%02X", c)
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}

// checkHeader refuses what is no header, and the one that says to which of a host's services a request goes.
// https://www.rfc-editor.org/rfc/rfc9110#section-5
func checkHeader(name, value string) error {
	token := func(c rune) bool {
		return c < 128 && text.IsAlphanumeric(c) || strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	}
	switch {
	case name == "" || strings.ContainsFunc(name, func(c rune) bool { return !token(c) }):
		return errorf("--headers has %q, which is no name of a header", text.Short(name, 60))
	case strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 127 }):
		return errorf("--headers: the value of %s has a control character in it", text.Short(name, 60))
	case strings.EqualFold(name, "Host"):
		return errorf("--headers: Host stands in --url")
	}
	return nil
}

// pairs reads words of the form KEY=VALUE, or objects whose values are words, numbers, true, false, null (left out) and
// lists of these.
func pairs(flag string, words []string) ([][2]string, error) {
	var all [][2]string
	for _, word := range words {
		object, ok := parse(word)
		if !ok {
			key, value, found := strings.Cut(word, "=")
			if !found {
				return nil, errorf("--%s takes KEY=VALUE or a JSON object, several with spaces between", flag)
			}
			all = append(all, [2]string{key, value})
			continue
		}
		fields, ok := object.(map[string]any)
		if !ok {
			return nil, errorf("--%s has JSON that is no object", flag)
		}
		for _, key := range slices.Sorted(maps.Keys(fields)) {
			list, ok := fields[key].([]any)
			if !ok {
				list = []any{fields[key]}
			}
			for _, item := range list {
				value, ok := wordOf(item)
				if !ok {
					return nil, errorf("--%s: the value of %s is no word", flag, text.Short(key, 60))
				}
				if item != nil {
					all = append(all, [2]string{key, value})
				}
			}
		}
	}
	return all, nil
}

// wordOf writes a value as Python does.
func wordOf(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return map[bool]string{true: "True", false: "False"}[v], true
	}
	return "", false
}

// parse reads JSON, or the same as Python writes it: the shells of Windows leave no double quotation marks.
func parse(s string) (any, bool) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(s)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err == nil && json.Valid([]byte(s)) {
		return value, true
	}
	l := literal{rest: s}
	value, ok := l.value(0)
	return value, ok && l.space() == ""
}
