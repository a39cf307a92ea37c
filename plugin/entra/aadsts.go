package entra

// The explanations of AADSTS numbers, by what is in the way. Each is what the service's own description
// says at length, cut to what a person in front of a terminal can do.

// again is an explanation whose remedy is a new sign-in.
func again(what string) Explanation {
	return Explanation{What: what, Turn: You, Remedy: "sign in again", SignIn: true}
}

func yours(what, remedy string) Explanation {
	return Explanation{What: what, Turn: You, Remedy: remedy, SignIn: true}
}

func admins(what, remedy string) Explanation {
	return Explanation{What: what, Turn: Administrator, Remedy: remedy}
}

// always marks what nothing but a change of the tenant, of the application or of the settings mends.
func always(e Explanation) Explanation {
	e.lasting, e.SignIn = true, false
	return e
}

// ofPerson: the account itself.
func ofPerson() map[int]Explanation {
	const password = "change it at https://mysignins.microsoft.com, then sign in again"
	return map[int]Explanation{
		50053: admins("the account is locked, or the sign-in came from an address that is blocked",
			"wait a while and sign in again; if that does not help, ask an administrator to unlock the account"),
		50055: yours("the password has expired", password),
		50056: again("the account has no password with which it could sign in like this"),
		50057: admins("the account is disabled", "ask an administrator to enable it"),
		50064: again("the user name or the password is wrong"),
		50126: again("the user name or the password is wrong"),
		50125: yours("the password has to be reset, or a way to reset it has to be registered", password),
		50135: yours("the password has to be changed, because the account is at risk", password),
		50144: yours("the password in the organisation's own directory has expired", password),
		50034: yours("the tenant has no such user", "check the tenant ID and the account, then sign in again"),
	}
}

// ofAnotherTenant: an account where it does not belong.
func ofAnotherTenant() map[int]Explanation {
	const invite = "sign in with another account, or ask an administrator of the tenant for an invitation"
	stranger := yours("the account is no member or guest of this tenant", invite)
	return map[int]Explanation{
		16000: stranger, 16003: stranger, 50020: stranger, 51004: stranger, 90072: stranger,
		50014:  yours("the guest has not accepted the invitation to this tenant", "open the link in the invitation, then sign in again"),
		50177:  admins("the tenant demands a check that accounts of other tenants can't pass", "ask an administrator of the tenant for an exception"),
		50178:  admins("the tenant demands a check that accounts of other tenants can't pass", "ask an administrator of the tenant for an exception"),
		500208: yours("this kind of account can't sign in to the tenant, such as a personal one to an organisation", "sign in with a work or school account"),
		500212: admins("your own organisation does not allow its accounts into the other tenant", "ask an administrator of your organisation about its outbound access settings"),
		500213: admins("the other tenant does not let accounts of your organisation in", "ask an administrator of the other tenant about its inbound access settings"),
		50002:  admins("the network or the organisation allows certain tenants only, and this is none of them", "ask an administrator about the tenant restrictions"),
		500021: admins("the network or the organisation allows certain tenants only, and this is none of them", "ask an administrator about the tenant restrictions"),
		500022: admins("the network or the organisation allows certain tenants only, and this is none of them", "ask an administrator about the tenant restrictions"),
	}
}

// ofProof: more than a password is asked for.
func ofProof() map[int]Explanation {
	const setUp = "set it up at https://mysignins.microsoft.com/security-info, or when the sign-in asks for it, then sign in again"
	missing := yours("multi-factor authentication has to be set up for the account", setUp)
	return map[int]Explanation{
		50072: missing, 50079: missing, 53004: missing,
		53010:  yours("multi-factor authentication has to be set up, which the organisation allows from certain places and devices only", "set it up from such a place at https://mysignins.microsoft.com/security-info, then sign in again"),
		50074:  again("multi-factor authentication is required and was not passed"),
		50076:  again("multi-factor authentication is required"),
		50078:  again("the last multi-factor authentication was too long ago"),
		50087:  {What: "multi-factor authentication has a passing trouble", Turn: Nobody, Remedy: "try again in a moment", SignIn: true},
		50088:  {What: "too many calls and messages for multi-factor authentication", Turn: Nobody, Remedy: "try again in a few minutes", SignIn: true},
		50158:  again("a check by another provider, which the organisation demands, was not passed"),
		500121: again("the multi-factor authentication was refused, or nobody answered it"),
	}
}

// ofPolicy: Conditional Access, and what decides like it.
func ofPolicy() map[int]Explanation {
	const exception = "ask for an exception for this resource, this account or this network; " +
		"Entra's sign-in log (https://entra.microsoft.com) names the policy. " +
		"What else remains where device codes are blocked is a tool that signs in with a browser on this machine; entralogin has no such way"
	blocked := func(what string) Explanation { return admins(what, exception) }
	risk := func(what string) Explanation {
		return admins(what, "ask an administrator to look into the risk and to dismiss it (https://entra.microsoft.com, Risky users)")
	}
	return map[int]Explanation{
		53003:  blocked("Conditional Access blocks this sign-in, or signing in with a device code at all"),
		530031: blocked("Conditional Access allows no token here, perhaps none for a device code at all"),
		530032: blocked("a security policy of the tenant blocks this sign-in, perhaps any with a device code"),
		530035: blocked("the tenant's security defaults block this sign-in"),
		50131:  blocked("Conditional Access blocks this sign-in: state of the device, risk or policy"),
		50005:  blocked("Conditional Access does not allow this platform, or can't tell which one it is"),
		53002:  blocked("Conditional Access allows approved applications only, and this is none"),
		53009:  blocked("Conditional Access allows only applications that Intune protects, and this is none"),
		53011:  risk("the account is at risk, says its home tenant, and so blocked"),
		530034: risk("the account is at risk, says its home tenant, and so blocked"),
	}
}

// ofDevice: the device that asks can't be shown with a device code.
// https://learn.microsoft.com/entra/identity/conditional-access/policy-block-authentication-flows
func ofDevice() map[int]Explanation {
	const exception = "a device code proves no device, also on a machine that complies. " +
		"Ask for an exception for this resource, this account or this network; " +
		"Entra's sign-in log (https://entra.microsoft.com) names the policy. " +
		"Or use, on a machine that complies, a tool that signs in with a browser there: entralogin has no such way"
	demands := func(what string) Explanation {
		return admins("Conditional Access demands a device that "+what, exception)
	}
	return map[int]Explanation{
		50097:  demands("is registered with the organisation"),
		50127:  demands("has a broker application, such as the Company Portal"),
		50129:  demands("is registered with the organisation"),
		50155:  demands("can prove itself, and this one could not"),
		50187:  demands("can prove itself, and nothing of it is known"),
		53000:  demands("complies with the organisation's rules"),
		53001:  demands("is joined to the organisation's domain"),
		530002: demands("complies with the organisation's rules"),
		530003: demands("the organisation manages"),
		530033: demands("the organisation manages"),
		530004: admins("the tenant does not trust what the guest's own organisation says of devices", "ask an administrator of the tenant about its cross-tenant access settings"),
	}
}

// ofEnd: a sign-in that is over.
func ofEnd() map[int]Explanation {
	revoked := again("the sign-in was revoked, for example by a change of the password")
	unused := again("the sign-in has expired because it was not used for too long")
	return map[int]Explanation{
		50058: again("nobody is signed in, as far as the service knows"),
		50085: again("the provider of the account wants to see the person"),
		50089: again("the sign-in has expired"),
		50132: revoked, 50133: revoked, 50173: revoked,
		70000: again("the sign-in is no longer accepted"),
		70008: unused, 700082: unused,
		70043:  again("the organisation wants a fresh sign-in from time to time"),
		700020: again("the service wants to see the person"),
	}
}

// ofCode: the device code.
func ofCode() map[int]Explanation {
	ended := yours("the code ended before it was used", "start again, and enter the new code in time")
	return map[int]Explanation{
		50134: yours("the code was entered in another region of the service", "start again, with an account of this tenant"),
		50199: again("the question whether you trust this application was not answered"),
		70016: yours("the sign-in is not finished yet", "enter the code on the page"),
		70018: yours("the code is not valid", "start again, and enter the new code as it is shown"),
		70019: ended, 70020: ended,
		90119: yours("no code was entered", "start again, and enter the new code as it is shown"),
		90120: yours("the code has been used already", "start again, and enter the new code once"),
	}
}
