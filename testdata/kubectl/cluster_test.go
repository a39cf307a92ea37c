//go:build unix

package main

import (
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A cluster is an API server with config maps, which can be created and watched. It takes tokens of the
// simulator for one audience.
type cluster struct {
	*httptest.Server
	sim       *entratest.Server
	audience  string
	watchLife time.Duration // how long a watch lasts
	forbids   bool          // config maps to everybody

	mu       sync.Mutex
	version  int
	objects  map[string]map[string]any
	watchers map[chan map[string]any]bool
	requests []request
}

// A request is one that the cluster got.
type request struct {
	method, path string
	status       int
	claims       map[string]any // of the token, if it was accepted
}

// newCluster starts a cluster and points the kubeconfig at it.
func (h *home) newCluster(audience string) *cluster {
	h.t.Helper()
	c := &cluster{sim: h.sim, audience: audience, watchLife: limit,
		objects: map[string]map[string]any{}, watchers: map[chan map[string]any]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /version", fixed(map[string]any{"major": "1", "minor": "33", "gitVersion": "v1.33.0"}))
	mux.HandleFunc("GET /api", fixed(map[string]any{"kind": "APIVersions", "versions": []string{"v1"}}))
	mux.HandleFunc("GET /apis", fixed(map[string]any{"kind": "APIGroupList", "apiVersion": "v1", "groups": []any{}}))
	mux.HandleFunc("GET /api/v1", fixed(map[string]any{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "v1",
		"resources": []any{map[string]any{"name": "configmaps", "singularName": "configmap", "namespaced": true, "kind": "ConfigMap",
			"verbs": []string{"create", "get", "list", "watch"}, "shortNames": []string{"cm"}}}}))
	// So much of a schema that kubectl leaves the check of fields to the server.
	mux.HandleFunc("GET /openapi/v3", fixed(map[string]any{"paths": map[string]any{"api/v1": map[string]any{"serverRelativeURL": "/openapi/v3/api/v1"}}}))
	mux.HandleFunc("GET /openapi/v3/api/v1", fixed(map[string]any{"openapi": "3.0.0", "paths": map[string]any{"/api/v1/namespaces/{namespace}/configmaps/{name}": map[string]any{"patch": map[string]any{
		"parameters": []any{map[string]any{"name": "fieldValidation", "in": "query"}}, "x-kubernetes-group-version-kind": map[string]any{"group": "", "version": "v1", "kind": "ConfigMap"}}}}}))
	const configMaps = "/api/v1/namespaces/default/configmaps"
	mux.HandleFunc("GET "+configMaps, c.list)
	mux.HandleFunc("POST "+configMaps, c.create)
	mux.HandleFunc("GET "+configMaps+"/{name}", c.get)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fail(w, http.StatusNotFound, "NotFound") })
	c.Server = httptest.NewTLSServer(c.authenticated(mux))
	h.t.Cleanup(func() {
		c.CloseClientConnections() // a watch would last
		c.Close()
	})
	h.server, h.ca = c.URL, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate().Raw})
	h.kubeconfig()
	return c
}

// authenticated lets requests through that have a good token, and keeps a record of all.
func (c *cluster) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		raw, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
		claims, err := c.sim.VerifyToken(raw, c.audience)
		r := request{req.Method, req.URL.RequestURI(), http.StatusOK, claims}
		if err != nil {
			r.status = http.StatusUnauthorized
		}
		c.mu.Lock()
		c.requests = append(c.requests, r)
		c.mu.Unlock()
		if err != nil {
			fail(w, r.status, "Unauthorized")
			return
		}
		if c.forbids && strings.Contains(req.URL.Path, "/configmaps") {
			fail(w, http.StatusForbidden, "Forbidden")
			return
		}
		next.ServeHTTP(w, req)
	})
}

func answer(w http.ResponseWriter, status int, object map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(object)
}

func fail(w http.ResponseWriter, status int, reason string) {
	answer(w, status, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": reason, "reason": reason, "code": status})
}

func fixed(object map[string]any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, object) }
}

// put stores a config map and tells those who watch.
func (c *cluster) put(object map[string]any) map[string]any {
	name := object["metadata"].(map[string]any)["name"].(string)
	c.mu.Lock()
	defer c.mu.Unlock()
	kind := "ADDED"
	if _, ok := c.objects[name]; ok {
		kind = "MODIFIED"
	}
	c.version++
	object = maps.Clone(object)
	meta := maps.Clone(object["metadata"].(map[string]any))
	object["kind"], object["apiVersion"], object["metadata"] = "ConfigMap", "v1", meta
	meta["namespace"], meta["uid"], meta["resourceVersion"] = "default", "uid-of-"+name, strconv.Itoa(c.version)
	c.objects[name] = object
	for w := range c.watchers {
		w <- map[string]any{"type": kind, "object": object}
	}
	return object
}

// configMap is one with a single datum.
func configMap(name, value string) map[string]any {
	return map[string]any{"metadata": map[string]any{"name": name}, "data": map[string]any{"value": value}}
}

func (c *cluster) create(w http.ResponseWriter, req *http.Request) {
	var object map[string]any
	if err := json.NewDecoder(req.Body).Decode(&object); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	answer(w, http.StatusCreated, c.put(object))
}

func (c *cluster) get(w http.ResponseWriter, req *http.Request) {
	c.mu.Lock()
	object, ok := c.objects[req.PathValue("name")]
	c.mu.Unlock()
	if !ok {
		fail(w, http.StatusNotFound, "NotFound")
		return
	}
	answer(w, http.StatusOK, object)
}

func (c *cluster) list(w http.ResponseWriter, req *http.Request) {
	switch query := req.URL.Query(); {
	case query.Get("sendInitialEvents") == "true": // as servers refuse it that don't have it
		fail(w, http.StatusUnprocessableEntity, "Invalid")
		return
	case query.Get("watch") != "":
		c.watch(w, req)
		return
	}
	c.mu.Lock()
	items := slices.Collect(maps.Values(c.objects))
	version := c.version
	c.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"kind": "ConfigMapList", "apiVersion": "v1",
		"metadata": map[string]any{"resourceVersion": strconv.Itoa(version)}, "items": append([]map[string]any{}, items...)})
}

// watch streams what is put from now on.
func (c *cluster) watch(w http.ResponseWriter, req *http.Request) {
	events := make(chan map[string]any, 100)
	c.mu.Lock()
	c.watchers[events] = true
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.watchers, events)
		c.mu.Unlock()
	}()
	w.Header().Set("Content-Type", "application/json")
	w.(http.Flusher).Flush()
	over := time.After(c.watchLife)
	for {
		select {
		case event := <-events:
			json.NewEncoder(w).Encode(event)
			w.(http.Flusher).Flush()
		case <-over:
			return
		case <-req.Context().Done():
			return
		}
	}
}

// log returns the requests so far.
func (c *cluster) log() []request {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.requests)
}

// used returns how many tokens were accepted, and how many requests were refused for theirs.
func (c *cluster) used() (tokens, refusals int) {
	ids := map[any]bool{}
	for _, r := range c.log() {
		if r.status == http.StatusUnauthorized {
			refusals++
			continue
		}
		ids[r.claims["uti"]] = true
	}
	return len(ids), refusals
}

// oneToken checks that one token served for all requests.
func (c *cluster) oneToken(t *testing.T) {
	t.Helper()
	if tokens, refusals := c.used(); tokens != 1 || refusals != 0 {
		t.Errorf("%d tokens were used and %d requests refused, want 1 and 0", tokens, refusals)
	}
}

// watching waits until somebody watches.
func (c *cluster) watching(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		c.mu.Lock()
		n := len(c.watchers)
		c.mu.Unlock()
		if n > 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("nobody watches:\n%v", c.log())
		}
	}
}
