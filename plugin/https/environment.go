package https

import (
	"net/http"
	"net/url"
)

// ProxyFor returns the proxy on the way to a host, or host:port, that is asked by https; nil where there is
// none. Its address may hold a password. Errors: *ProxyError.
func ProxyFor(host string) (*url.URL, error) {
	return environmentProxy(&http.Request{URL: &url.URL{Scheme: "https", Host: host}})
}
