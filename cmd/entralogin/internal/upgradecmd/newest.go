package upgradecmd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
)

// release is one that is out.
type release struct{ version, page string }

// newest asks for the newest release: GitHub's page of it leads on to that of its tag, and the address of that one is all
// that is needed. It is not followed. No API is asked, which would count the calls of everybody behind one address.
// https://docs.github.com/repositories/releasing-projects-on-github/linking-to-releases
func newest(ctx context.Context, f *cli.Factory, page *url.URL) (release, error) {
	client := https.Options{Hosts: []string{page.Host}, Redirects: true, Trace: f.Err.Trace}.Client()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, page.String(), nil)
	if err != nil {
		return release{}, cli.AsUsage(err)
	}
	request.Header.Set("User-Agent", "entralogin")
	answer, err := client.Do(request)
	if err != nil {
		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err
		}
		return release{}, err
	}
	switch status := answer.StatusCode; {
	case status == http.StatusTooManyRequests || status >= 500:
		return release{}, &https.NetworkError{Host: page.Host, Err: fmt.Errorf("it answered %d", status)}
	case status < 300 || status > 399:
		return release{}, unfit(page, fmt.Sprintf("%s answered %d, and names no release", page.Host, status))
	}
	return tagOf(page, answer.Header.Get("Location"))
}

// tagOf reads a release off the address to which its page leads.
func tagOf(page *url.URL, location string) (release, error) {
	to, err := page.Parse(location)
	folder := strings.TrimSuffix(page.Path, "/latest")
	if err != nil || to.Scheme != "https" || !strings.EqualFold(to.Host, page.Host) || to.User != nil {
		return release{}, unfit(page, page.Host+" leads to another place than a release of its own: it may be the sign-in page of a network")
	}
	if to.Path == folder {
		return release{}, unfit(page, "there is no release yet")
	}
	const longest = 80
	tag, ok := strings.CutPrefix(to.Path, folder+"/tag/")
	if !ok || len(tag) > longest || !semver.IsValid(tag) {
		return release{}, unfit(page, page.Host+" leads to a page that names no version")
	}
	return release{tag, "https://" + page.Host + folder + "/tag/" + tag}, nil
}

func unfit(page *url.URL, what string) error {
	return &cli.Advised{Kind: failure.Answer, What: what + ".", Advice: []string{"Nothing was changed. To look for yourself: " + page.String()}}
}
