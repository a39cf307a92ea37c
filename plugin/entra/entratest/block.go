package entratest

import (
	"encoding/json"
	"fmt"
	"slices"
)

// The ways to sign in that a Block can refuse.
const (
	ByDeviceCode = "devicecode"
	ByBrowser    = "browser"
	ByRefresh    = "refresh" // with the refresh token of a sign-in, whatever tenant that was in
)

// A Block is a policy of a tenant that refuses one way to sign in to everybody, as Conditional Access does. The other
// ways stay open, and so does what was signed in to before. Each way of a tenant has one at most.
type Block struct {
	Tenant string // ID or domain; "" is Contoso
	Way    string // ByDeviceCode, ByBrowser or ByRefresh
	AADSTS int    // what the refusal goes by, such as 53003; 0 ends the block
	At     string // where it comes, one of BlockPlaces; "" is the first of them
}

// BlockPlaces says where a way can be refused, the usual place first.
//
//   - "token": by the token endpoint. Of a device code, when the person has entered it and signed in; 7000218, which is
//     about the application, with the first poll.
//   - "request": by the device code endpoint, before anybody is asked.
//   - "page": in the browser. The client hears nothing of it, as with Entra.
//   - "redirect": the browser brings it back to the client.
func BlockPlaces(way string) []string {
	return map[string][]string{ByDeviceCode: {"token", "request"}, ByBrowser: {"page", "redirect", "token"}, ByRefresh: {"token"}}[way]
}

// Block sets or ends a block.
func (s *Server) Block(b Block) error {
	if b.Tenant == "" {
		b.Tenant = TenantContoso
	}
	t, ok := findTenant(b.Tenant)
	places := BlockPlaces(b.Way)
	switch {
	case !ok:
		return fmt.Errorf("entratest: no tenant %q", b.Tenant)
	case places == nil:
		return fmt.Errorf("entratest: no way to sign in is named %q", b.Way)
	case b.At == "":
		b.At = places[0]
	case !slices.Contains(places, b.At):
		return fmt.Errorf("entratest: %s can't be refused at %q, but at one of %q", b.Way, b.At, places)
	}
	if b.AADSTS < 0 {
		return fmt.Errorf("entratest: no AADSTS number: %d", b.AADSTS)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks[[2]string{t.id, b.Way}] = b
	return nil
}

// blocked is the refusal that somebody gets who signs in to a tenant in that way, at that place; or nil.
func (s *Server) blocked(tenant string, u user, way, at string) *OAuthError {
	if multiTenant(tenant) {
		tenant = u.home
	}
	t, _ := findTenant(tenant)
	s.mu.Lock()
	b := s.blocks[[2]string{t.id, way}]
	s.mu.Unlock()
	if b.AADSTS == 0 || b.At != at {
		return nil
	}
	return refusal(b.AADSTS, t)
}

// refusal is what Entra says when a policy keeps somebody out. A number that is not known here has no words of its own.
func refusal(n int, t tenant) *OAuthError {
	e := describe("invalid_grant", n, "This sign-in is refused, says the simulator.")
	switch n {
	case 7000218:
		return needsSecret()
	case 50076:
		return needsFactor("")
	case 50105:
		e.Description = "Your administrator has configured the application to block users unless they are specifically granted ('assigned') access to the application."
		return e
	case 53003:
		e.Description = "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
	case 530035:
		e.Description = "Access has been blocked by security defaults. The request is deemed unsafe by security defaults policies."
	case 50097:
		e.Description = "Device authentication is required."
	case 50127:
		e.Description = "The user needs to install a broker app to gain access to this content."
	case 53000:
		e.Description = "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant."
	case 53001:
		e.Description = "Device is not in required device state: domain_joined. Conditional Access policy requires a domain joined device, and the device is not domain joined."
	}
	policies, _ := json.Marshal(map[string]any{"access_token": map[string]any{"capolids": map[string]any{
		"essential": true, "values": []string{derivedGUID("policy", t.id)}}}})
	e.Suberror, e.Claims = "message_only", string(policies)
	return e
}

// needsSecret is what a client hears that is registered as one with a secret.
func needsSecret() *OAuthError {
	return describe("invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
}
