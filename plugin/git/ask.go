package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/https"
)

// ask asks Azure DevOps for the tenant of an organisation: HEAD of the organisation's address, without
// credentials. The refusal names the tenant, in its challenge or in the header X-VSS-ResourceTenant.
//
// X-TFS-FedAuthRedirect: Suppress, as Microsoft's own build agent sends it, asks for a refusal instead of
// a redirect to the sign-in page for browsers.
func (t Tenants) ask(ctx context.Context, p Place) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, p.URL(), nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("User-Agent", "entralogin")
	req.Header.Set("X-TFS-FedAuthRedirect", "Suppress")
	req.Close = true // there is no second request
	o := t.HTTPS
	o.Hosts, o.Limit = []string{p.Host}, cmp.Or(o.Limit, 10*time.Second)
	o.Redirects = true // to the sign-in page for browsers: it names the tenant all the same
	resp, err := o.Client().Do(req)
	if err != nil {
		if outer := (*url.Error)(nil); errors.As(err, &outer) {
			err = outer.Err
		}
		return "", err
	}
	return tenantOfAnswer(resp, p)
}

// tenantOfAnswer takes nothing from an answer but a tenant that looks like one.
func tenantOfAnswer(resp *http.Response, p Place) (string, error) {
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return "", &https.AnswerError{Host: p.Host, What: "says that there is no organisation " + p.Organization}
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		return "", &https.NetworkError{Host: p.Host, Err: fmt.Errorf("it is out of order or busy (HTTP %d)", resp.StatusCode)}
	}
	if id := ChallengeTenant(resp.Header.Values("WWW-Authenticate")); id != "" {
		return id, nil
	}
	if id := resourceTenant(resp.Header.Values("X-VSS-ResourceTenant")); id != "" {
		return id, nil
	}
	return "", &https.AnswerError{Host: p.Host, What: "names no tenant"}
}

// resourceTenant is the first GUID that is not empty. The empty one alone stands for an organisation that
// belongs to no tenant, but to personal accounts.
func resourceTenant(headers []string) string {
	ids := strings.Split(strings.Join(headers, ","), ",")
	for _, id := range ids {
		if id = strings.ToLower(strings.TrimSpace(id)); authority.IsGUID(id) && id != nobody {
			return id
		}
	}
	if len(ids) == 1 && strings.TrimSpace(ids[0]) == nobody {
		return personal
	}
	return ""
}
