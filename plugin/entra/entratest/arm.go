package entratest

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Subscription is one of Azure. A Server has none until they are added.
type Subscription struct {
	ID        string
	Name      string
	State     string   // "Enabled", "Warned", "PastDue", "Disabled" or "Deleted"
	Tenant    string   // ID of the tenant that it belongs to
	ManagedBy []string // IDs of tenants whose tokens see it, too (Azure Lighthouse)
	Readers   []string // who may see it: user names and client IDs
}

// SubscriptionID is the ID of the subscription of Subscriptions with that name; "Shared" has two, the other of which is
// SubscriptionID("Shared", "2").
func SubscriptionID(name ...string) string {
	return derivedGUID(append([]string{"subscription of Azure"}, name...)...)
}

// Subscriptions are some of all kinds for AddSubscriptions: Alice sees all of Contoso and, as one of those who manage it,
// one of Fabrikam; Carol as a guest in Contoso another one than at home; the application DaemonID one; Dana none.
func Subscriptions() []Subscription {
	one := func(name, state, tenant string, readers ...string) Subscription {
		return Subscription{ID: SubscriptionID(name), Name: name, State: state, Tenant: tenant, Readers: readers}
	}
	again := one("Shared", "Disabled", TenantContoso, Alice)
	again.ID = SubscriptionID("Shared", "2")
	labs := one("Fabrikam Labs", "Enabled", TenantFabrikam, Alice, Carol)
	labs.ManagedBy = []string{TenantContoso}
	return []Subscription{
		one("Contoso Production", "Enabled", TenantContoso, Alice, Bob, DaemonID),
		one("Prüfung & Söhne", "Warned", TenantContoso, Alice),
		one("Shared", "Enabled", TenantContoso, Alice, Carol), again,
		labs, one("Fabrikam Data", "Enabled", TenantFabrikam, Carol, Erin),
	}
}

// AddSubscriptions adds subscriptions.
func (s *Server) AddSubscriptions(all ...Subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscriptions = append(s.subscriptions, all...)
}

// WithSubscriptions has a Server begin with subscriptions.
func WithSubscriptions(all ...Subscription) Option {
	return func(s *Server) { s.subscriptions = slices.Clone(all) }
}

// allSubscriptions are those that there are now.
func (s *Server) allSubscriptions() []Subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.subscriptions)
}

// object is a subscription as Azure Resource Manager answers: https://learn.microsoft.com/rest/api/resources/subscriptions/list
func (o Subscription) object() map[string]any {
	managed := []map[string]any{}
	for _, tenant := range o.ManagedBy {
		managed = append(managed, map[string]any{"tenantId": tenant})
	}
	return map[string]any{"id": "/subscriptions/" + o.ID, "subscriptionId": o.ID, "tenantId": o.Tenant, "displayName": o.Name, "state": o.State,
		"authorizationSource": "RoleBased", "managedByTenants": managed,
		"subscriptionPolicies": map[string]any{"locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off"}}
}

// armCaller is whom a request to Azure Resource Manager speaks for.
type armCaller struct {
	names  []string // user name, or client ID
	object string   // ID
	tenant string   // ID of the one that issued the token
	in     []tenant // those of the user, or the application's own
}

func (c armCaller) reads(o Subscription) bool {
	return slices.ContainsFunc(o.Readers, func(reader string) bool { return slices.Contains(c.names, reader) })
}

// sees says whether a subscription is listed for a token: it is of the token's tenant, or managed by that.
func (c armCaller) sees(o Subscription) bool {
	return c.reads(o) && (o.Tenant == c.tenant || slices.Contains(o.ManagedBy, c.tenant))
}

var armVersion = regexp.MustCompile(`^20\d\d-\d\d-\d\d(-preview)?$`)

// armCaller checks version and token as Azure Resource Manager does. It answers by itself where something is wrong.
func (s *Server) armCaller(w http.ResponseWriter, req *http.Request) (armCaller, bool) {
	switch version := req.URL.Query().Get("api-version"); {
	case version == "":
		writeARMError(w, http.StatusBadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.")
		return armCaller{}, false
	case !armVersion.MatchString(version):
		writeARMError(w, http.StatusBadRequest, "InvalidApiVersionParameter", "The api-version '"+version+"' is invalid. The supported versions are '2022-12-01,2021-01-01,2020-01-01'.")
		return armCaller{}, false
	}
	raw, ok := bearer(req)
	if !ok {
		s.refuseARM(w, "common", "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
		return armCaller{}, false
	}
	claims, err := s.VerifyToken(raw, "")
	if err != nil {
		s.refuseARM(w, "common", "InvalidAuthenticationToken", "The access token is invalid.")
		return armCaller{}, false
	}
	aud, _ := claims["aud"].(string)
	if at := strings.TrimSuffix(aud, "/"); at != azureManageURL && at != azureARMURL {
		s.refuseARM(w, "common", "InvalidAuthenticationTokenAudience", fmt.Sprintf("The access token has been obtained for wrong audience or resource '%s'. It should exactly match with one of the allowed audiences '%s/','%s','%s/','%s'.",
			aud, azureManageURL, azureManageURL, azureARMURL, azureARMURL))
		return armCaller{}, false
	}
	text := func(name string) string { value, _ := claims[name].(string); return value }
	c := armCaller{tenant: text("tid"), object: text("oid")}
	u, _ := findUser(text("preferred_username"))
	app := claims["idtyp"] == "app"
	for _, t := range tenants() {
		if u.in(t.id) || app && c.tenant == t.id {
			c.in = append(c.in, t)
		}
	}
	if c.names = []string{u.upn}; app {
		c.names = []string{text("azp")}
	}
	return c, true
}

// writeARMError writes an error in the shape of Azure Resource Manager.
// https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations#errors
func writeARMError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("x-ms-correlation-request-id", newGUID())
	writeJSON(w, status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}

// refuseARM refuses a token, and names the authority of the tenant whose token would do.
func (s *Server) refuseARM(w http.ResponseWriter, tenant, code, message string) {
	w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer authorization_uri="%s/%s", error="invalid_token", error_description="%s"`, s.URL, tenant, message))
	writeARMError(w, http.StatusUnauthorized, code, message)
}

// writeARMStatus is an answer of Azure Resource Manager in trouble.
func (s *Server) writeARMStatus(w http.ResponseWriter, status int) {
	if status == http.StatusUnauthorized {
		s.refuseARM(w, "common", "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time.")
		return
	}
	code := map[int]string{http.StatusForbidden: "AuthorizationFailed", http.StatusTooManyRequests: "TooManyRequests", http.StatusServiceUnavailable: "ServerUnavailable"}[status]
	if code == "" {
		code = strings.ReplaceAll(http.StatusText(status), " ", "")
	}
	writeARMError(w, status, code, http.StatusText(status)+".")
}

// serveARMTenants lists the caller's tenants. https://learn.microsoft.com/rest/api/resources/tenants/list
func (s *Server) serveARMTenants(w http.ResponseWriter, req *http.Request) {
	c, ok := s.armCaller(w, req)
	if !ok {
		return
	}
	list := []map[string]any{}
	for _, t := range c.in {
		list = append(list, map[string]any{"id": "/tenants/" + t.id, "tenantId": t.id, "displayName": t.name,
			"defaultDomain": t.domain, "domains": []string{t.domain}, "tenantCategory": "Home"})
	}
	s.writeARMList(w, req, list, nil)
}

// serveARMSubscriptions lists the subscriptions that the caller may read with a token of that tenant.
func (s *Server) serveARMSubscriptions(w http.ResponseWriter, req *http.Request) {
	c, ok := s.armCaller(w, req)
	if !ok {
		return
	}
	list := []map[string]any{}
	for _, o := range s.allSubscriptions() {
		if c.sees(o) {
			list = append(list, o.object())
		}
	}
	s.writeARMList(w, req, list, map[string]any{"type": "Total", "value": len(list)})
}

// writeARMList answers with a page of a list: Settings.ARMPage entries from $skiptoken on.
func (s *Server) writeARMList(w http.ResponseWriter, req *http.Request, list []map[string]any, count map[string]any) {
	query := req.URL.Query()
	skip, _ := strconv.Atoi(query.Get("$skiptoken"))
	if skip < 0 || skip > len(list) {
		writeARMError(w, http.StatusBadRequest, "InvalidSkipToken", "The skip token is invalid.")
		return
	}
	end := len(list)
	page := map[string]any{}
	if size := s.Settings().ARMPage; size > 0 && skip+size < end {
		end = skip + size
		next := url.Values{"api-version": query["api-version"], "$skiptoken": {strconv.Itoa(end)}}
		page["nextLink"] = s.URL + req.URL.Path + "?" + next.Encode()
	}
	if page["value"] = list[skip:end]; count != nil {
		page["count"] = count
	}
	writeJSON(w, http.StatusOK, page)
}

// serveARMSubscription answers with one subscription. https://learn.microsoft.com/rest/api/resources/subscriptions/get
func (s *Server) serveARMSubscription(w http.ResponseWriter, req *http.Request) {
	c, ok := s.armCaller(w, req)
	if !ok {
		return
	}
	id := req.PathValue("subscription")
	all := s.allSubscriptions()
	i := slices.IndexFunc(all, func(o Subscription) bool { return strings.EqualFold(o.ID, id) })
	switch {
	case !validGUID(id):
		writeARMError(w, http.StatusBadRequest, "InvalidSubscriptionId", "The provided subscription identifier '"+id+"' is malformed or invalid.")
	case i < 0:
		writeARMError(w, http.StatusNotFound, "SubscriptionNotFound", "The subscription '"+id+"' could not be found.")
	case c.sees(all[i]):
		writeJSON(w, http.StatusOK, all[i].object())
	case c.tenant != all[i].Tenant:
		home := all[i].Tenant
		s.refuseARM(w, home, "InvalidAuthenticationTokenTenant", fmt.Sprintf("The access token is from the wrong issuer 'https://sts.windows.net/%s/'. It must match the tenant 'https://sts.windows.net/%s/' associated with this subscription. Please use the authority (URL) '%s/%s' to get the token.",
			c.tenant, home, s.URL, home))
	default:
		writeARMError(w, http.StatusForbidden, "AuthorizationFailed", fmt.Sprintf("The client '%s' with object id '%s' does not have authorization to perform action 'Microsoft.Resources/subscriptions/read' over scope '/subscriptions/%s' or the scope is invalid. If access was recently granted, please refresh your credentials.",
			c.names[0], c.object, all[i].ID))
	}
}

// POST /.sim/subscriptions takes {"name":"...","state":"Enabled",...}, the fields of Subscription, and adds it; without a
// body all of Subscriptions.
func (s *Server) controlSubscriptions(w http.ResponseWriter, req *http.Request) {
	if req.ContentLength == 0 {
		s.AddSubscriptions(Subscriptions()...)
		controlAnswer(w, nil)
		return
	}
	var o Subscription
	fields, err := readObject(req)
	if err == nil {
		err = setFields(&o, fields)
	}
	if _, known := findTenant(o.Tenant); err == nil && (!known || !validGUID(o.ID)) {
		err = fmt.Errorf("no tenant %q, or no ID: %q", o.Tenant, o.ID)
	}
	if err == nil {
		s.AddSubscriptions(o)
	}
	controlAnswer(w, err)
}
