package entratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"
)

// controls are the routes of the control surface, for scripts and programs in other languages. Parameters stand in the
// query or in a form; the answer is JSON, or PEM for the CA.
func (s *Server) controls() []route {
	get, post := []string{"GET"}, []string{"POST"}
	control := func(path string, methods []string, serve http.HandlerFunc) route {
		return route{"control", "/.sim/" + path, methods, serve}
	}
	return []route{
		control("approve", post, s.controlApprove),
		control("decline", post, s.controlDecline),
		control("auto", post, s.controlAuto),
		control("block", post, s.controlBlock),
		control("fault", []string{"POST", "DELETE"}, s.controlFault),
		control("settings", []string{"GET", "POST"}, s.controlSettings),
		control("revoke", post, s.controlRevoke),
		control("claims", post, s.controlClaims),
		control("groups", post, s.controlGroups),
		control("subscriptions", post, s.controlSubscriptions),
		control("requests", []string{"GET", "DELETE"}, s.controlRequests),
		control("codes", get, s.controlCodes),
		control("ca", get, s.controlCA),
	}
}

func controlAnswer(w http.ResponseWriter, err error) {
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"ok": true})
}

// POST /.sim/approve?user=alice&code=ABC: no code means the oldest one.
func (s *Server) controlApprove(w http.ResponseWriter, req *http.Request) {
	controlAnswer(w, s.Approve(req.FormValue("code"), req.FormValue("user")))
}

// POST /.sim/decline?code=ABC
func (s *Server) controlDecline(w http.ResponseWriter, req *http.Request) {
	controlAnswer(w, s.Decline(req.FormValue("code")))
}

// POST /.sim/auto?user=alice&after=2s, ?decline=true&after=2s; neither user nor decline ends it.
func (s *Server) controlAuto(w http.ResponseWriter, req *http.Request) {
	var after time.Duration
	if text := req.FormValue("after"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			controlAnswer(w, err)
			return
		}
		after = d
	}
	name := req.FormValue("user")
	if _, ok := findUser(name); !ok && name != "" {
		controlAnswer(w, fmt.Errorf("no user %q", name))
		return
	}
	if req.FormValue("decline") == "true" {
		s.AutoDecline(after)
	} else {
		s.AutoApprove(name, after)
	}
	controlAnswer(w, nil)
}

// POST /.sim/revoke?user=alice
func (s *Server) controlRevoke(w http.ResponseWriter, req *http.Request) {
	s.RevokeSessions(req.FormValue("user"))
	controlAnswer(w, nil)
}

// POST /.sim/claims?require={"access_token":...}; empty ends it.
func (s *Server) controlClaims(w http.ResponseWriter, req *http.Request) {
	claims := req.FormValue("require")
	if claims != "" && accessTokenClaims(claims) == nil {
		controlAnswer(w, fmt.Errorf("not a JSON object with an access_token"))
		return
	}
	s.RequireClaims(claims)
	controlAnswer(w, nil)
}

// POST /.sim/groups?user=alice&group=everyone&group=ops
func (s *Server) controlGroups(w http.ResponseWriter, req *http.Request) {
	user := req.FormValue("user")
	controlAnswer(w, s.SetGroups(user, req.Form["group"]...))
}

// GET /.sim/requests lists the log and the counts; DELETE empties it.
func (s *Server) controlRequests(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodDelete {
		s.ResetRequests()
		controlAnswer(w, nil)
		return
	}
	list, counts := s.RequestLog(), map[string]int{"*": s.Requests("*")}
	for _, r := range list {
		counts[r.Endpoint]++
	}
	writeJSON(w, http.StatusOK, map[string]any{"counts": counts, "requests": list})
}

// GET /.sim/codes lists the pending user codes.
func (s *Server) controlCodes(w http.ResponseWriter, req *http.Request) {
	codes := s.PendingCodes()
	if codes == nil {
		codes = []string{}
	}
	writeJSON(w, http.StatusOK, map[string]any{"codes": codes})
}

// GET /.sim/ca is the CA's certificate.
func (s *Server) controlCA(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Content-Type", "application/x-pem-file")
	w.Write(s.caPEM)
}

// POST /.sim/block takes {"tenant":"contoso.example","way":"devicecode","aadsts":53003,"at":"token"}: the fields of Block.
func (s *Server) controlBlock(w http.ResponseWriter, req *http.Request) {
	var b Block
	fields, err := readObject(req)
	if err == nil {
		err = setFields(&b, fields)
	}
	if err == nil {
		err = s.Block(b)
	}
	controlAnswer(w, err)
}

// POST /.sim/fault takes {"endpoint":"token","status":503,"retryAfter":"2","delay":"1s",...}: the fields of Fault in any
// case, durations as text; DELETE ends all faults.
func (s *Server) controlFault(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodDelete {
		s.ClearFaults()
		controlAnswer(w, nil)
		return
	}
	var endpoint string
	var f Fault
	fields, err := readObject(req)
	if err == nil {
		if raw, ok := fields["endpoint"]; ok {
			err = json.Unmarshal(raw, &endpoint)
			delete(fields, "endpoint")
		}
	}
	if err == nil && endpoint == "" {
		err = fmt.Errorf("no endpoint")
	}
	if err == nil {
		err = setFields(&f, fields)
	}
	if err == nil {
		s.Fault(endpoint, f)
	}
	controlAnswer(w, err)
}

// POST /.sim/settings takes {"interval":"1s","rotateStrict":true,...}: the fields of Settings in any case; GET shows them.
func (s *Server) controlSettings(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodGet {
		writeJSON(w, http.StatusOK, s.Settings())
		return
	}
	fields, err := readObject(req)
	changed := s.Settings()
	if err == nil {
		err = setFields(&changed, fields)
	}
	if err == nil {
		s.Set(func(o *Settings) { *o = changed })
	}
	controlAnswer(w, err)
}

func readObject(req *http.Request) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	err := json.NewDecoder(req.Body).Decode(&fields)
	return fields, err
}

// setFields sets the fields of the struct that target points to. A name may be written in any case, with hyphens or underscores; a duration is text.
func setFields(target any, fields map[string]json.RawMessage) error {
	v := reflect.ValueOf(target).Elem()
	for name, raw := range fields {
		plain := strings.NewReplacer("-", "", "_", "").Replace(name)
		f := v.FieldByNameFunc(func(n string) bool { return strings.EqualFold(n, plain) })
		if !f.IsValid() || f.Kind() == reflect.Func {
			return fmt.Errorf("no such field: %q", name)
		}
		if f.Type() != reflect.TypeFor[time.Duration]() {
			if err := json.Unmarshal(raw, f.Addr().Interface()); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			continue
		}
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		f.SetInt(int64(d))
	}
	return nil
}
