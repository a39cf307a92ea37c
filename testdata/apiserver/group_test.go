//go:build unix

package apiserver

import (
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Whose groups allow it may read; who is known but in no such group is told so, without another run of the plugin.
func TestGroups(t *testing.T) {
	t.Parallel()
	for user, may := range map[string]bool{entratest.Alice: true, entratest.Bob: false} {
		t.Run(user, func(t *testing.T) {
			h := usual(t)
			h.sim.AutoApprove(user, 0)
			client := h.client()
			err := namespacesOf(t.Context(), client)
			switch {
			case may && err != nil:
				t.Error(err)
			case !may && (!apierrors.IsForbidden(err) || !strings.Contains(err.Error(), user)):
				t.Errorf("the answer to %s is %v", user, err)
			}
			if seen, err := whoami(t.Context(), client); err != nil || seen.Username != user {
				t.Errorf("the cluster sees %q, %v", seen.Username, err)
			}
			h.ran(1, 1)
		})
	}
}

// The token of somebody in too many groups names none. A cluster that maps the claim by its name tries to ask the place
// that the token refers to, and refuses the token; one that maps it with an expression sees somebody in no group.
func TestOverage(t *testing.T) {
	t.Parallel()
	over := func(t *testing.T, mappings string) *home {
		h := newHome(t, "", func(sim *entratest.Server) []issuer {
			return []issuer{{URL: issuerURL(sim, entratest.TenantContoso), Audiences: []string{entratest.ServerID}, Rest: mappings}}
		})
		h.sim.AutoApprove(entratest.Alice, 0)
		h.sim.Set(func(s *entratest.Settings) { s.GroupLimit = 1 })
		return h
	}
	t.Run("claim", func(t *testing.T) {
		h := over(t, plain)
		h.refused(h.client(), "could not expand distributed claims")
		h.ran(2, 1)
	})
	t.Run("expression", func(t *testing.T) {
		h := over(t, `
  claimMappings:
    username: {claim: preferred_username, prefix: ""}
    groups: {expression: "has(claims.groups) ? claims.groups : []"}
`)
		client := h.client()
		if err := namespacesOf(t.Context(), client); !apierrors.IsForbidden(err) {
			t.Errorf("the answer is %v", err)
		}
		if seen, err := whoami(t.Context(), client); err != nil || !slices.Equal(seen.Groups, []string{"system:authenticated"}) {
			t.Errorf("the cluster sees groups %q, %v", seen.Groups, err)
		}
		h.ran(1, 1)
	})
}

// A role that was given just now is not in the token that is kept. With --force-refresh the next call of any program
// has it, and nobody is asked.
func TestForceRefresh(t *testing.T) {
	t.Parallel()
	h := usual(t)
	h.sim.AutoApprove(entratest.Bob, 0)
	if err := namespacesOf(t.Context(), h.client()); !apierrors.IsForbidden(err) {
		t.Fatalf("the answer before is %v", err)
	}
	if err := h.sim.SetGroups(entratest.Bob, "everyone", "platform"); err != nil {
		t.Fatal(err)
	}
	if err := namespacesOf(t.Context(), h.client()); !apierrors.IsForbidden(err) {
		t.Errorf("the answer to the token that is kept is %v", err)
	}
	h.run("entralogin", append(h.args, "--force-refresh")...)
	h.sim.ResetRequests()
	if err := namespacesOf(t.Context(), h.client()); err != nil {
		t.Errorf("after --force-refresh: %v", err)
	}
	h.ran(3, 1)
	if n := h.sim.Requests("*"); n != 0 {
		t.Errorf("%d requests of the sign-in service by a warm call: %v", n, h.sim.RequestLog())
	}
}
