//go:build unix

package apiserver

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A program that watches, and asks again and again, beyond the life of a token, as k9s does: the plugin is run once for
// each token, early enough that no request is refused, and the watch goes on.
func TestWatch(t *testing.T) {
	t.Parallel()
	// Long enough that the rounding of times to seconds stays within half the plugin's margin, a tenth of it.
	const life = 20 * time.Second
	h := usual(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	h.sim.Set(func(s *entratest.Settings) { s.TokenLife = life })
	client := h.client()
	events, err := client.CoreV1().Namespaces().Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer events.Stop()
	requests, late := 0, 0
	for start := time.Now(); time.Since(start) < life+2*time.Second; time.Sleep(100 * time.Millisecond) {
		sent := time.Now()
		err := namespacesOf(t.Context(), client)
		switch {
		case apierrors.IsUnauthorized(err) && time.Since(sent) > life/20: // a machine so slow that the margin is not enough
			late++
		case err != nil:
			t.Fatalf("after %v: %v", time.Since(start), err)
		}
		requests++
		if err := h.api.Touch("default"); err != nil {
			t.Fatal(err)
		}
		heard(t, events)
	}
	if r := h.api.Refusals(); len(r) > late {
		t.Errorf("the cluster refused: %q", r)
	}
	if requests < 10 {
		t.Errorf("%d requests: too few to show anything", requests)
	}
	h.ran(2, 1)
}

// heard waits for the next event of the watch.
func heard(t *testing.T, events watch.Interface) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	select {
	case event, open := <-events.ResultChan():
		if namespace, ok := event.Object.(*corev1.Namespace); !open || !ok || event.Type != watch.Modified || namespace.Name != "default" {
			t.Fatalf("the watch says %v, open: %v", event, open)
		}
	case <-ctx.Done():
		t.Fatal("the watch says nothing")
	}
}
