package entratest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"
)

// Approve signs user (such as Alice, or "alice") in with a pending code. "" stands for the oldest one. Whether the user
// exists in the tenant of the request, and has consented, is decided when the client polls.
func (s *Server) Approve(userCode, user string) error {
	if _, ok := findUser(user); !ok {
		return fmt.Errorf("entratest: no user %q", user)
	}
	return s.decide(userCode, decision{made: true, approve: true, user: user})
}

// Decline refuses a pending code. "" stands for the oldest one.
func (s *Server) Decline(userCode string) error {
	return s.decide(userCode, decision{made: true})
}

func (s *Server) decide(userCode string, d decision) error {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.pendingCode(userCode, now)
	if c == nil {
		return errors.New("entratest: no such code is pending")
	}
	c.decision = d
	return nil
}

// pendingCode takes a code as people type it: in small letters, with spaces or hyphens.
func (s *Server) pendingCode(userCode string, now time.Time) *deviceCode {
	userCode = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(userCode))
	for _, c := range s.codes {
		if c.pending(now) && (userCode == "" || c.userCode == userCode) {
			return c
		}
	}
	return nil
}

// AutoApprove approves every code that is issued from now on as user, when it is as old as after says. "" for the user
// ends AutoApprove and AutoDecline.
func (s *Server) AutoApprove(user string, after time.Duration) {
	s.setAuto(decision{made: user != "", approve: true, user: user, after: after})
}

// AutoDecline declines every code that is issued from now on.
func (s *Server) AutoDecline(after time.Duration) {
	s.setAuto(decision{made: true, after: after})
}

func (s *Server) setAuto(d decision) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.auto = d
}

// PendingCodes are the user codes that nobody has decided about and that have not expired, oldest first.
func (s *Server) PendingCodes() []string {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	var codes []string
	for _, c := range s.codes {
		if c.pending(now) {
			codes = append(codes, c.userCode)
		}
	}
	return codes
}

// WaitForCode returns the oldest pending user code as soon as there is one, or the context's error.
func (s *Server) WaitForCode(ctx context.Context) (string, error) {
	for {
		s.mu.Lock()
		issued := s.issued
		s.mu.Unlock()
		if codes := s.PendingCodes(); len(codes) > 0 {
			return codes[0], nil
		}
		select {
		case <-issued:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// RevokeSessions ends all sign-ins of a user, as a change of the password does: refresh tokens answer AADSTS50173.
// Access tokens that are out keep working. "" means everybody.
func (s *Server) RevokeSessions(name string) {
	u, ok := findUser(name)
	if !ok && name != "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.refresh {
		if name == "" || r.user.upn == u.upn {
			r.revoked = true
		}
	}
	maps.DeleteFunc(s.browsers, func(_, upn string) bool { return name == "" || upn == u.upn })
}
