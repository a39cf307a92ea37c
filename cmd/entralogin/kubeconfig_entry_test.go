package main

import (
	"slices"
	"testing"
)

func TestTemporaryBuilds(t *testing.T) {
	for path, want := range map[string]bool{
		"/tmp/go-build123/b001/exe/entralogin": true, "/home/x/.cache/go-build/ab/entralogin": true,
		"/usr/local/bin/entralogin": false, "/home/x/go/bin/entralogin": false, "/tmp/entralogin": false,
	} {
		if got := isTemporary(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

// Which sign-in service wins is settled between the origins, not between cloud and host.
func TestGetTokenArgsOfTheAuthority(t *testing.T) {
	of := func(pairs ...string) layer {
		values := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			values[pairs[i]] = pairs[i+1]
		}
		return mapLayer("", values)
	}
	const cloud, public, host = "AzureChinaCloud", "AzurePublicCloud", "https://login.example"
	for name, c := range map[string]struct {
		flags, variables, below layer
		want                    []string
	}{
		"nothing":                 {of(), of(), of(), nil},
		"a cloud above a host":    {of(environment, cloud), of(authorityHost, host), of(), []string{"--environment", cloud}},
		"a host above a cloud":    {of(authorityHost, host), of(environment, cloud), of(), []string{"--authority-host", host}},
		"both in one":             {of(), of(environment, cloud, authorityHost, host), of(), []string{"--environment", cloud, "--authority-host", host}},
		"the default":             {of(environment, public), of(), of(), nil},
		"the default, not so":     {of(environment, public), of(), of(environment, cloud), []string{"--environment", public}},
		"the default over a host": {of(environment, public), of(), of(authorityHost, host), []string{"--environment", public}},
		"only below":              {of(), of(), of(environment, cloud), nil},
	} {
		got, err := getTokenArgs(settings{c.flags, c.variables}, []layer{c.below})
		if want := append([]string{"get-token"}, c.want...); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
}
