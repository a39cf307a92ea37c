package https

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/plugin/failure"
)

// ProxyError says that the variable that names the proxy can't be used. Its value is shown nowhere: a
// password may stand in it.
type ProxyError struct {
	Variable string // HTTPS_PROXY or https_proxy
	What     string
}

func (e *ProxyError) Error() string { return e.Variable + " is no address of a proxy: it " + e.What }

// Class is configuration.
func (e *ProxyError) Class() failure.Class { return failure.Config }

// ProxyFor returns the proxy on the way to a host, or host:port, that is asked by https; nil where there is
// none. Its address may hold a password. Errors: *ProxyError.
func ProxyFor(host string) (*url.URL, error) {
	return environmentProxy(&http.Request{URL: &url.URL{Scheme: "https", Host: host}})
}

// environmentProxy is http.ProxyFromEnvironment, which passes over a value that it can't use in silence and
// goes past the proxy. HTTPS_PROXY counts more than https_proxy, and the first that is not empty counts. No
// proxy is used for this machine itself.
func environmentProxy(req *http.Request) (*url.URL, error) {
	variable, value := "HTTPS_PROXY", os.Getenv("HTTPS_PROXY")
	if value == "" {
		variable, value = "https_proxy", os.Getenv("https_proxy")
	}
	if value == "" || isThisMachine(req.URL.Hostname()) || neverProxy() {
		return nil, nil
	}
	if what := proxyFault(value); what != "" {
		return nil, &ProxyError{Variable: variable, What: what}
	}
	return http.ProxyFromEnvironment(req)
}

func isThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// neverProxy reports whether NO_PROXY is for all hosts.
func neverProxy() bool {
	return slices.ContainsFunc(strings.Split(cmp.Or(os.Getenv("NO_PROXY"), os.Getenv("no_proxy")), ","), func(host string) bool { return strings.TrimSpace(host) == "*" })
}

// proxyFault says what is wrong with the address of a proxy, "" if nothing is. It is as lenient as
// http.ProxyFromEnvironment in that the scheme may be missing, and stricter where that one takes a part of a
// password for the host. It shows nothing of the value.
func proxyFault(value string) string {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil {
		return "can't be taken apart"
	}
	port, err := strconv.Atoi(u.Port())
	switch {
	case !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme):
		return "begins with none of http://, https://, socks5:// and socks5h://"
	case u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " \"'<>\\"):
		return "names no host"
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "has more in it than user name, password, host and port"
	case u.Port() != "" && (err != nil || port < 1 || port > 65535), strings.HasSuffix(u.Host, ":"):
		return "has a port that is none"
	}
	return ""
}

// proxyRefusal is what a proxy answers in place of opening a way to a host.
type proxyRefusal struct {
	status  int
	named   bool     // a user name stands in the proxy's address
	schemes []string // that the proxy accepts, of those that are known here
}

func (e *proxyRefusal) Error() string { return fmt.Sprintf("the proxy answered %d", e.status) }

// checkConnect takes nothing from the answer but what is known here: a proxy may repeat what it was sent.
// https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
func checkConnect(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	e := &proxyRefusal{status: resp.StatusCode, named: proxy.User != nil}
	challenges := Challenges(resp.Header.Values("Proxy-Authenticate"))
	for _, scheme := range []string{"Basic", "Digest", "NTLM", "Negotiate", "Kerberos", "Bearer"} {
		if slices.ContainsFunc(challenges, func(c Challenge) bool { return c.Is(scheme) }) {
			e.schemes = append(e.schemes, scheme)
		}
	}
	return e
}

// words says why proxy opens no way to host.
func (e *proxyRefusal) words(proxy, host string) (Obstacle, string) {
	// 401 is what tinyproxy answers to a wrong password.
	signIn := e.status == http.StatusProxyAuthRequired || e.status == http.StatusUnauthorized
	switch {
	case signIn && len(e.schemes) > 0 && e.schemes[0] != "Basic":
		return ProxyLogin, fmt.Sprintf("the proxy %s wants a sign-in that is not known here (%s; %d)", proxy, strings.Join(e.schemes, ", "), e.status)
	case signIn && e.named:
		return ProxyLogin, fmt.Sprintf("the proxy %s does not accept the user name and password (%d)", proxy, e.status)
	case signIn:
		return ProxyLogin, fmt.Sprintf("the proxy %s wants a user name and a password (%d)", proxy, e.status)
	case e.status >= 300 && e.status < 400, e.status == http.StatusNetworkAuthenticationRequired:
		return SignInPage, fmt.Sprintf("the proxy %s answered %d, as the sign-in page of a network does", proxy, e.status)
	case e.status >= 500:
		return ProxyLost, fmt.Sprintf("the proxy %s could not reach %s (%d)", proxy, host, e.status)
	}
	return ProxyBars, fmt.Sprintf("the proxy %s does not let this machine through to %s (%d)", proxy, host, e.status)
}
