package graph

import (
	"net/url"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// splitAuthority splits "https://host/tenant".
func splitAuthority(address string) (host, tenant string, wrong *ParametersError) {
	u, err := url.Parse(address)
	what := ""
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		what = "is not an address such as https://login.microsoftonline.com/common"
	case u.Scheme != "https":
		what = "has to begin with https://"
	case u.User != nil:
		what = "must not hold a user name or password"
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(address, "#"):
		what = "must not have anything behind the tenant (no ? and no #)"
	}
	if what != "" {
		return "", "", &ParametersError{Key: "authority", What: what}
	}
	tenant = strings.TrimSuffix(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	switch {
	case tenant == "":
		what = "names no tenant; it ends in a tenant's GUID or domain name, as in https://" + text.Clean(u.Host) + "/common"
	case strings.Contains(strings.ToLower(tenant), "enter_the") || strings.HasPrefix(strings.ToLower(tenant), "your"):
		what = "still has the sample's placeholder for the tenant; put the tenant's GUID or domain name there"
	case !authority.IsTenant(tenant):
		what = "does not end in one tenant: a GUID, a domain name, common, organizations or consumers"
	}
	if what != "" {
		return "", "", &ParametersError{Key: "authority", What: what}
	}
	return plainHost(u), tenant, nil
}

// plainHost is the host in lower case, with its port if that is not the one of https.
func plainHost(u *url.URL) string { return strings.TrimSuffix(strings.ToLower(u.Host), ":443") }

func checkClient(id string) (string, *ParametersError) {
	lower := strings.ToLower(id)
	switch {
	case authority.IsClientID(id):
		return lower, nil
	case strings.Contains(lower, "your") || strings.Contains(lower, "enter") || strings.ContainsAny(id, "<>{}"):
		return "", &ParametersError{Key: "client_id", What: "is still the sample's placeholder; " +
			"put the application (client) ID of your app registration there"}
	}
	return "", &ParametersError{Key: "client_id", What: "is not a GUID; it is the application (client) ID that the app registration shows"}
}
