package arm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/entralogin/entralogin/cache"
)

// manyTenants are more than are asked at once.
func manyTenants() (tenants []Tenant) {
	for i := range 3 * atOnce {
		tenants = append(tenants, Tenant{ID: fmt.Sprintf("%08d-1111-2222-3333-444444444444", i), Name: fmt.Sprint("Tenant ", i), Domain: fmt.Sprintf("t%d.example", i)})
	}
	return tenants
}

// Four tenants are asked at once and never a fifth, each with its own token; the answers have the order of the tenants.
func TestOfTenants(t *testing.T) {
	c, _ := serve(t, func(w http.ResponseWriter, req *http.Request) {
		id := strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer token of ")
		answers(200, `{"value":[{"subscriptionId":"`+id+`","tenantId":"`+inU+`"}]}`)(w, req)
	})
	tenants := manyTenants()
	refused := errors.New("AADSTS50076")
	inside, leave := make(chan bool, len(tenants)), make(chan bool)
	go func() {
		for range atOnce {
			<-inside
		}
		for range 10_000 { // whoever else could come would be here
			runtime.Gosched()
		}
		if n := len(inside); n > 0 {
			t.Errorf("%d tenants too many are asked at once", n)
		}
		close(leave)
	}()
	got := c.OfTenants(t.Context(), tenants, func(_ context.Context, of Tenant) (cache.Token, error) {
		inside <- true
		<-leave
		if of.Name == "Tenant 5" {
			return cache.Token{}, refused
		}
		return cache.Token{Value: cache.NewSecret("token of " + of.ID)}, nil
	})
	for i, a := range got {
		want := cache.Subscription{ID: tenants[i].ID, Tenant: tenants[i].ID, HomeTenant: inU, TenantName: tenants[i].Name, TenantDomain: tenants[i].Domain}
		switch {
		case i == 5:
			if a.Tenant != tenants[5] || a.Err != refused || a.Subscriptions != nil {
				t.Errorf("the refused one: %+v", a)
			}
		case a.Err != nil || a.Tenant != tenants[i] || len(a.Subscriptions) != 1 || fmt.Sprint(a.Subscriptions[0]) != fmt.Sprint(want):
			t.Errorf("%d: %+v", i, a)
		}
	}
	if len(got) != len(tenants) {
		t.Errorf("%d answers", len(got))
	}
}

// After a signal nobody else is asked.
func TestOfTenantsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	var asked sync.Map
	c, _ := serve(t, answers(200, `{"value":[]}`))
	for _, a := range c.OfTenants(ctx, manyTenants(), func(_ context.Context, of Tenant) (cache.Token, error) {
		asked.Store(of.ID, true)
		cancel(stopped)
		return token, nil
	}) {
		if !errors.Is(a.Err, stopped) {
			t.Errorf("%+v", a)
		}
	}
	n := 0
	asked.Range(func(any, any) bool { n++; return true })
	if n == 0 || n > atOnce {
		t.Errorf("%d tokens were asked for", n)
	}
}
