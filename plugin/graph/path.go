package graph

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// Option is a query option: https://learn.microsoft.com/graph/query-parameters
type Option struct{ Name, Value string }

// ParsePath turns what a person asks for into the path of a Query. That is a path of version 1.0 ("me/memberOf"), one
// that begins with its version ("beta/me"), or a whole address, as Graph Explorer has it, on one of graphs: the hosts of
// CheckEndpoint. Nothing of it has to be encoded but what a query itself divides by. origin is "" where no host is
// named. Errors are *UsageError.
func ParsePath(asked string, options []Option, graphs []string) (origin, path string, err error) {
	rest := strings.TrimSpace(asked)
	if text.Clean(rest) != rest {
		return "", "", &UsageError{"the path holds control or invisible characters"}
	}
	if scheme, _, ok := strings.Cut(rest, "://"); ok && !strings.ContainsAny(scheme, "/?") {
		if origin, rest, err = splitAddress(rest, graphs); err != nil {
			return "", "", err
		}
	}
	path, query, _ := strings.Cut(rest, "?")
	path = strings.TrimLeft(path, "/")
	version, _, _ := strings.Cut(path, "/")
	switch {
	case path == "":
		return "", "", &UsageError{"there is no path, such as /me/memberOf"}
	case strings.HasSuffix(path, "/$value"):
		return "", "", &UsageError{"what ends in $value is a file or a text, and only JSON can be shown"}
	case version != "v1.0" && version != "beta":
		path = "v1.0/" + path
	}
	if query, err = withOptions(query, options); err != nil {
		return "", "", err
	}
	return origin, "/" + encode(path) + query, nil
}

// splitAddress splits an address behind its host, which is one of graphs.
func splitAddress(address string, graphs []string) (origin, rest string, err error) {
	end := strings.Index(address, "://") + len("://")
	if i := strings.IndexAny(address[end:], "/?#"); i >= 0 {
		end += i
	} else {
		end = len(address)
	}
	u, what := parseAddress(address[:end], "https://graph.microsoft.com/v1.0/me")
	if what == "" && !slices.Contains(graphs, plainHost(u)) {
		what = "is on another host than the Graph of this authority: " + strings.Join(graphs, ", ")
	}
	if what != "" {
		return "", "", &UsageError{fmt.Sprintf("%q %s", text.URL(address[:end], 100), what)}
	}
	return "https://" + plainHost(u), address[end:], nil
}

// withOptions is a query with more options, and with its question mark; "" if it has none.
func withOptions(query string, options []Option) (string, error) {
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		if pair != "" {
			pairs = append(pairs, encode(pair))
		}
	}
	for _, o := range options {
		value := strings.ReplaceAll(url.QueryEscape(o.Value), "+", "%20")
		pairs = append(pairs, strings.ReplaceAll(url.QueryEscape(o.Name), "%24", "$")+"="+value)
	}
	if len(pairs) == 0 {
		return "", nil
	}
	for _, pair := range pairs {
		if strings.HasPrefix(pair, "=") {
			return "", &UsageError{fmt.Sprintf("%q has no name: the shell took $select and the like for a variable; "+
				"write the path in single quotes, or use --select", text.Redact(pair, 60))}
		}
	}
	return "?" + strings.Join(pairs, "&"), nil
}

// encode percent-encodes what a path or a query can't hold as it is: spaces, quotes, the # of a guest's name. What is
// encoded stays. https://www.rfc-editor.org/rfc/rfc3986#section-3.3
func encode(s string) string {
	hex := func(i int) bool { return i < len(s) && strings.IndexByte("0123456789ABCDEFabcdef", s[i]) >= 0 }
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case text.IsAlphanumeric(c), strings.IndexByte("-._~!$&'()*+,;=:@/?", c) >= 0, c == '%' && hex(i+1) && hex(i+2):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// option is the value of a query option, whose name may do without its dollar sign and be in any case.
func option(query url.Values, name string) (value string, ok bool) {
	for key, values := range query {
		if strings.EqualFold(strings.TrimPrefix(key, "$"), name) {
			return values[0], true
		}
	}
	return "", false
}

// needsConsistency reports whether Graph answers u only where ConsistencyLevel is eventual. A filter that needs that
// needs $count=true, too: https://learn.microsoft.com/graph/aad-advanced-queries
func needsConsistency(u *url.URL) bool {
	_, search := option(u.Query(), "search")
	count, _ := option(u.Query(), "count")
	return search || strings.EqualFold(count, "true") || isCount(u)
}

// isCount reports whether u asks for the number of entries alone.
func isCount(u *url.URL) bool { return strings.HasSuffix(u.Path, "/$count") }

// selected are the properties that $select of a path names, in its order.
func selected(path string) []property {
	_, query, _ := strings.Cut(path, "?")
	values, _ := url.ParseQuery(query) // best effort: what is no query selects nothing
	names, _ := option(values, "select")
	var columns []property
	for name := range strings.SplitSeq(names, ",") {
		name = strings.TrimSpace(name)
		known := append(profile(), property{name, name})
		i := slices.IndexFunc(known, func(p property) bool { return p.key == name })
		if name != "" {
			columns = append(columns, known[i])
		}
	}
	return columns
}
