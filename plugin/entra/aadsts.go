package entra

// Explain says in words what an AADSTS number means and what can be done about it. ok is false for a
// number that is not known here.
//
// See https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
func Explain(aadsts int) (what, remedy string, ok bool) {
	const (
		again     = "sign in again"
		admin     = "ask an administrator of the tenant"
		password  = "mend it where you sign in otherwise, such as https://myaccount.microsoft.com, then sign in again"
		register  = "check the client ID and the tenant ID; the application has to be registered in, or consented to by, this tenant"
		browser   = "sign in from a device and a network that the policy allows, or ask an administrator which ones those are"
		codeEnded = "start again and enter the new code in time"
	)
	explanations := map[int][2]string{
		50020:   {"the account is no member or guest of this tenant", "sign in with another account, or ask an administrator of the tenant for an invitation"},
		50034:   {"the tenant has no such user", "check the tenant ID and the account"},
		50053:   {"the account is locked, or the sign-in comes from an address that is blocked", "wait a while, then sign in again; or " + admin},
		50055:   {"the password has expired", password},
		50057:   {"the account is disabled", admin},
		50058:   {"the service does not know who is there", again},
		50072:   {"multi-factor authentication has to be set up for the account", again + ", and set it up when asked"},
		50074:   {"multi-factor authentication is required", again},
		50076:   {"multi-factor authentication is required", again},
		50078:   {"the multi-factor authentication has expired", again},
		50079:   {"multi-factor authentication has to be set up for the account", again + ", and set it up when asked"},
		50097:   {"the device has to be registered with the organisation", "sign in from a registered device"},
		50105:   {"the account is not assigned to the application", "ask an administrator of the tenant to assign the account, or a group that it is in, to the application"},
		50126:   {"the user name or the password is wrong", again},
		50128:   {"there is no such tenant", "check the tenant ID and the cloud (--environment)"},
		50173:   {"the sign-in was revoked, for example by a change of the password", again},
		53000:   {"Conditional Access demands a device that complies with the organisation's rules", browser},
		53001:   {"Conditional Access demands a device that is joined to the domain", browser},
		53003:   {"Conditional Access blocks this sign-in, or the device code flow as such", browser},
		65001:   {"nobody has consented to what the application asks for", "consent when you sign in, or ask an administrator of the tenant to grant consent"},
		65004:   {"the consent was declined", "sign in again and consent, or ask an administrator of the tenant to grant consent"},
		70008:   {"the sign-in has expired because it was not used", again},
		70011:   {"a scope is not valid", "check the scopes; all have to be of one resource"},
		70016:   {"the sign-in is not finished yet", "enter the code"},
		70018:   {"the code is not valid", codeEnded},
		70019:   {"the code has ended", codeEnded},
		70020:   {"the code has ended", codeEnded},
		70043:   {"the organisation wants a fresh sign-in from time to time", again},
		90002:   {"there is no such tenant", "check the tenant ID and the cloud (--environment)"},
		90033:   {"the service has a passing trouble", "try again in a moment"},
		90072:   {"the account is no member or guest of this tenant", "sign in with another account, or ask an administrator of the tenant for an invitation"},
		500011:  {"the tenant has no application that goes by the resource", "check the scopes or the server ID; the resource has to exist in this tenant"},
		700016:  {"the tenant has no application with this client ID", register},
		700082:  {"the sign-in has expired because it was not used", again},
		7000215: {"the application expects a client secret, and another one", "use the client ID of a public client"},
		7000218: {"the application is no public client", "in its registration, under Authentication, enable \"Allow public client flows\""},
		7000222: {"the application's client secret has expired", "use the client ID of a public client"},
	}
	e, ok := explanations[aadsts]
	return e[0], e[1], ok
}
