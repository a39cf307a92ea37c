package git

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
)

const (
	nobody   = "00000000-0000-0000-0000-000000000000" // no tenant
	personal = "organizations"                        // where personal accounts sign in for Azure DevOps
)

// isTenant reports whether s names one tenant: a GUID, but not the empty one, or a domain name. Names such
// as common stand for no tenant.
func isTenant(s string) bool {
	return authority.IsGUID(s) && s != nobody || authority.IsDomain(s)
}

// Tenants finds out which tenant an organisation belongs to. Azure DevOps takes tokens of that tenant: with
// one of a guest's home tenant it shows nothing instead of an error, so that a guess, or "common", would be
// worse than to stop.
type Tenants struct {
	HTTPS      https.Options // for the question to Azure DevOps; Hosts is not looked at
	Remembered string        // of the organisation, or ""
	Default    string        // of the config, or ""

	// BeforeWait is called before the question. The context that it returns is used for it, and its function is called
	// at its end. It may be nil.
	BeforeWait func(context.Context) (context.Context, func())
}

// Tenant is a tenant and who says that it is the right one.
type Tenant struct {
	ID     string // GUID or domain name; "organizations" for an organisation of personal accounts
	Origin string // in words
	New    bool   // it is to be remembered of the organisation
	Note   string // what went wrong on the way, in clean words, or ""
}

// TenantError says that the tenant is not known.
type TenantError struct {
	Place Place
	Err   error // why it could not be asked for, or nil: git does not say which organisation is meant
}

func (e *TenantError) Error() string {
	switch {
	case e.Err != nil:
		return fmt.Sprintf("the tenant of %s is not known: %v", e.Place.URL(), e.Err)
	case e.Place.Host == authority.DevAzure:
		return "git does not say which organisation of dev.azure.com is meant, so its tenant is not known"
	}
	return fmt.Sprintf("neither the config nor the host says which tenant %s belongs to", e.Place.URL())
}

// Class is configuration, or that of what stands in the way to the host.
func (e *TenantError) Class() failure.Class {
	var down *https.NetworkError
	var answer *https.AnswerError
	switch {
	case errors.As(e.Err, &down):
		return down.Class()
	case errors.As(e.Err, &answer) && answer.Page:
		return answer.Class()
	}
	return failure.Config
}

// Unwrap returns why the tenant could not be asked for.
func (e *TenantError) Unwrap() error { return e.Err }

// Of returns the tenant of a place. For Azure DevOps these are asked, in this order: the challenge that git
// got, what is remembered of the organisation, Azure DevOps itself (one request without credentials), the
// config. For any other host, what the config says of it comes first.
//
// Errors are *TenantError and the error of the context.
func (t Tenants) Of(ctx context.Context, p Place, wwwauth []string) (Tenant, error) {
	if !p.azure && p.TenantID != "" {
		return Tenant{ID: p.TenantID, Origin: "the config"}, nil
	}
	remembered := strings.ToLower(t.Remembered)
	if p.Organization == "" || remembered != personal && !isTenant(remembered) {
		remembered = ""
	}
	if id := ChallengeTenant(wwwauth); id != "" {
		return Tenant{ID: id, Origin: "the challenge of " + p.Host, New: p.Organization != "" && id != remembered}, nil
	}
	if remembered != "" {
		return Tenant{ID: remembered, Origin: "what is remembered of " + p.Organization}, nil
	}
	unknown := &TenantError{Place: p}
	if p.Organization != "" {
		if t.BeforeWait != nil {
			var done func()
			ctx, done = t.BeforeWait(ctx)
			defer done()
		}
		id, err := t.ask(ctx, p)
		switch {
		case err == nil:
			return Tenant{ID: id, Origin: "the answer of " + p.Host, New: true}, nil
		case ctx.Err() != nil:
			return Tenant{}, context.Cause(ctx)
		}
		unknown.Err = err
	}
	for _, id := range []string{p.TenantID, t.Default} {
		if id != "" && !strings.EqualFold(id, "common") {
			found := Tenant{ID: id, Origin: "the config"}
			if p.azure {
				found.Note = unknown.Error() + "; the config's tenant is used"
			}
			return found, nil
		}
	}
	return Tenant{}, unknown
}

// ChallengeTenant returns the tenant that WWW-Authenticate headers name, or "". It is taken from the path
// of authorization_uri in the first Bearer challenge that has one:
//
//	Bearer authorization_uri=https://login.microsoftonline.com/TENANT
//
// The host there counts for nothing: where to sign in, only the user's config says.
func ChallengeTenant(headers []string) string {
	for _, c := range https.Challenges(headers) {
		if !c.Is("Bearer") {
			continue
		}
		if id := tenantOfURI(c.Params["authorization_uri"]); id != "" {
			return id
		}
	}
	return ""
}

func tenantOfURI(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return ""
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if !isTenant(id) {
		return ""
	}
	return strings.ToLower(id)
}
