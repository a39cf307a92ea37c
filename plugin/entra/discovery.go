package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	strictjson "sigs.k8s.io/json"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// DiscoveryStore remembers the endpoints of authorities, so that a refresh costs one request. It gives
// only what is younger than a day. authority is "https://host/tenant" in lower case.
type DiscoveryStore interface {
	Discovery(authority string) (doc []byte, ok bool)
	KeepDiscovery(authority string, doc []byte)
}

// endpoints is what is needed of an openid-configuration document (OpenID Connect Discovery 1.0, section
// 3, and RFC 8628, section 4).
type endpoints struct {
	Issuer    string `json:"issuer"`
	Authorize string `json:"authorization_endpoint"`
	Token     string `json:"token_endpoint"`
	Device    string `json:"device_authorization_endpoint"`
}

// discover answers MSAL's request for the openid-configuration, from the store if it can.
func (x *exchange) discover(req *http.Request) ([]byte, error) {
	if x.service.Proxy != nil {
		x.endpoints = usualEndpoints(x.host, x.tenant)
		return marshal(x.endpoints), nil
	}
	name := strings.ToLower("https://" + x.host + "/" + x.tenant)
	if store := x.service.Discovery; store != nil {
		if doc, ok := store.Discovery(name); ok {
			if e, err := parseEndpoints(doc, x.host, x.tenant); err == nil {
				x.endpoints = e
				return marshal(e), nil
			}
			x.service.note("the remembered endpoints of %s make no sense; asking anew", name)
		}
	}
	e, err := x.fetchEndpoints(req.Context(), req.Header)
	if err != nil {
		return nil, err
	}
	x.endpoints = e
	doc := marshal(e)
	if store := x.service.Discovery; store != nil {
		store.KeepDiscovery(name, doc)
	}
	return doc, nil
}

func (x *exchange) fetchEndpoints(ctx context.Context, header http.Header) (endpoints, error) {
	address := "https://" + x.host + "/" + strings.ToLower(x.tenant) + "/v2.0/.well-known/openid-configuration"
	rep, err := x.try(ctx, call{method: http.MethodGet, address: address, header: header})
	if err != nil {
		return endpoints{}, err
	}
	e, err := parseEndpoints(rep.body, x.host, x.tenant)
	if err != nil {
		return endpoints{}, &https.AnswerError{Host: x.host, What: err.Error()}
	}
	return e, nil
}

// parseEndpoints checks that all addresses of doc are https on host: MSAL looks at the issuer alone, and
// would send a refresh token to any other. Errors hold no more of doc than a clean host.
func parseEndpoints(doc []byte, host, tenant string) (endpoints, error) {
	if _, err := parseObject(doc); err != nil {
		return endpoints{}, errNoJSON
	}
	var e endpoints
	if err := strictjson.UnmarshalCaseSensitivePreserveInts(doc, &e); err != nil {
		return endpoints{}, errors.New("names an endpoint that is no text")
	}
	if e.Issuer == "" || e.Token == "" {
		return endpoints{}, errors.New("names no issuer or no token endpoint")
	}
	e.complete(tenant)
	for _, address := range []string{e.Issuer, e.Authorize, e.Token, e.Device} {
		if err := onHost(address, host); err != nil {
			return endpoints{}, err
		}
	}
	return e, nil
}

// complete fills in the tenant and what may be derived. MSAL derives the device endpoint by replacing
// each "token" in the address of the token endpoint, also in the names of the host and the tenant.
func (e *endpoints) complete(tenant string) {
	for _, address := range []*string{&e.Authorize, &e.Token, &e.Device} {
		*address = strings.ReplaceAll(*address, "{tenant}", strings.ToLower(tenant))
	}
	if base, ok := strings.CutSuffix(e.Token, "token"); ok {
		if e.Device == "" {
			e.Device = base + "devicecode"
		}
		if e.Authorize == "" {
			e.Authorize = base + "authorize"
		}
	}
}

// onHost reports what is wrong with address if it is not https on host.
func onHost(address, host string) error {
	u, err := url.Parse(address)
	if err != nil || !authority.IsVisible(address) {
		return errors.New("names an endpoint that is no address")
	}
	if u.Scheme != "https" || u.User != nil || u.Fragment != "" || !sameHost(u, host) {
		return fmt.Errorf("names an endpoint on another host (%s://%s): the tenant may be in another cloud",
			text.Redact(u.Scheme, 20), text.Redact(u.Host, 100))
	}
	return nil
}

// sameHost compares the host and port of an address with host, to the letter but for its case.
func sameHost(u *url.URL, host string) bool { return strings.EqualFold(u.Host, host) }
