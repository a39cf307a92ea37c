package entra

// What is wrong with the tenant, the application or the resource rather than with the person.

// ofTenant: the tenant that was named.
func ofTenant() map[int]Explanation {
	none := always(yours("there is no such tenant in this cloud", "check the tenant ID (--tenant-id) and the cloud (--environment)"))
	none.NoTenant = true
	unfit := none
	unfit.What = "the service takes what was asked for no valid input, as a rule the tenant's name"
	specific := always(yours("the application does not take accounts of every tenant", "name the tenant: --tenant-id with its GUID or domain name"))
	return map[int]Explanation{
		50059: none, 50128: none, 90002: none, 90019: none, 900023: none, 90013: unfit,
		50194: specific, 9001023: specific, 90124: specific, 90130: specific,
		90038: always(yours("the tenant is in another cloud", "name its cloud: --environment usgov or --environment china")),
	}
}

// ofApplication: the client.
func ofApplication() map[int]Explanation {
	const public = "use the client ID of an application that is registered as a public client (entralogin help application)"
	unknown := always(Explanation{What: "the tenant has no application with this client ID", Turn: You,
		Remedy: "check the client ID (--client-id) and the tenant (--tenant-id). " +
			"If both are right, an administrator of the tenant has to register the application or consent to it (entralogin help application)"})
	secret := always(Explanation{What: "the application is registered as one with a secret, which entralogin is not", Turn: You, Remedy: public})
	disabled := always(admins("the application is disabled in this tenant", "ask an administrator of the tenant to enable it"))
	return map[int]Explanation{
		50105:  admins("the account is not assigned to the application", "ask an administrator of the tenant, or the application's owner, to assign the account, or a group that it is in"),
		700011: unknown, 700016: unknown,
		70001: disabled, 7000112: disabled, 1000031: disabled,
		70002: secret, 7000215: secret, 7000222: secret,
		7000218: always(Explanation{What: "the application is no public client", Turn: AppOwner,
			Remedy: `in its registration, under Authentication, set "Allow public client flows" to Yes (entralogin help application)`}),
		70003: always(Explanation{What: "the application or the service does not allow device codes", Turn: AppOwner,
			Remedy: `in the application's registration, under Authentication, set "Allow public client flows" to Yes (entralogin help application)`}),
		65002: {What: "the client ID is one of Microsoft's own, and that application may not ask for this", Turn: You,
			Remedy: "use the client ID of an application of your organisation (entralogin help application)"},
		50196: {What: "the service was asked for the same thing too often in a short time", Turn: You,
			Remedy: "find the program that asks again and again, and wait a few minutes"},
	}
}

// ofConsent: what the application may do.
func ofConsent() map[int]Explanation {
	const grant = "ask an administrator of the tenant to grant consent to the application (Enterprise applications, Permissions)"
	admin := admins("only an administrator can consent to what the application asks for", grant)
	return map[int]Explanation{
		65001: yours("nobody has consented to what the application asks for", "sign in and consent, or "+grant),
		65004: yours("the consent was declined", "sign in again and consent, or "+grant),
		90008: yours("nobody has consented that the application reads the profile", "sign in and consent, or "+grant),
		90093: admin, 90094: admin, 90095: admin, 90099: admin,
	}
}

// ofResource: what the token is for.
func ofResource() map[int]Explanation {
	owner := func(what, remedy string) Explanation {
		return Explanation{What: what, Turn: ResourceOwner, Remedy: remedy}
	}
	const scopes = "check the scopes (--scope, --server-id); all have to be of one resource"
	scope := func(what string) Explanation { return Explanation{What: what, Turn: You, Remedy: scopes} }
	permission := Explanation{What: "the application's registration does not list the resource that it asks for", Turn: AppOwner,
		Remedy: `in its registration, under API permissions, add the resource (entralogin help application)`}
	missing := owner("the tenant has no application that goes by the resource",
		"whoever gave you the server ID or scope (--server-id, --scope) has to check it, and that the application is in this tenant (--tenant-id)")
	return map[int]Explanation{
		28002:  scope("a scope is not valid"),
		28003:  scope("no scope was asked for"),
		70011:  scope("a scope is not valid"),
		700022: scope("the scopes are of more than one resource"),
		700023: scope("a scope is of no resource"),
		50001:  missing, 500011: missing,
		500014: admins("the resource is disabled in this tenant", "ask an administrator of the tenant to enable its enterprise application"),
		650052: admins("the organisation has not subscribed to the service that the token is for", "ask an administrator about the subscription"),
		650054: owner("the resource was removed", "ask whoever gave you the server ID or scope for the new one"),
		65005:  permission, 650056: permission, 650057: permission,
	}
}

// ofService: troubles that pass.
func ofService() map[int]Explanation {
	passing := Explanation{What: "the service has a passing trouble", Turn: Nobody, Remedy: "try again in a moment"}
	all := map[int]Explanation{
		90055: {What: "the tenant has too many requests at a time", Turn: Nobody, Remedy: "try again in a few minutes"},
	}
	for _, n := range []int{50000, 50033, 70012, 90006, 90012, 90024, 90033, 90090} {
		all[n] = passing
	}
	return all
}

// ofOAuth are the codes of https://www.rfc-editor.org/rfc/rfc6749#section-5.2 and of OpenID Connect, where no
// number comes with them.
func ofOAuth() map[string]Explanation {
	owner := func(what, remedy string) Explanation {
		return Explanation{What: what, Turn: AppOwner, Remedy: remedy}
	}
	const registration = "check its registration, and that the client ID is its own (entralogin help application)"
	return map[string]Explanation{
		"invalid_grant":        again("the service no longer accepts the sign-in"),
		"interaction_required": again("the service wants to see the person"),
		"login_required":       again("the service wants to see the person"),
		"consent_required":     ofConsent()[65001],
		"bad_verification_code": yours("the code is not valid",
			"start again, and enter the new code as it is shown"),
		"expired_token":          ofCode()[70020],
		"authorization_declined": yours("the sign-in was declined", "sign in again, and go on"),
		"access_denied":          admins("access is denied", "ask an administrator of the tenant which policy denies it"),
		"invalid_client":         owner("the application can't sign in like this", registration),
		"unauthorized_client":    owner("the application may not sign in like this", registration),
		"unsupported_grant_type": owner("the application or the service does not allow device codes", registration),
		"invalid_scope":          ofResource()[70011],
		"invalid_resource":       ofResource()[500011],
	}
}
