package entratest

import "time"

// Settings are the lasting manners of a Server. DefaultSettings resembles Entra.
type Settings struct {
	Interval         time.Duration // what the device code answer states, in whole seconds; 5 s
	EnforceInterval  bool          // answer slow_down to a poll that comes too early, and add 5 s for good (RFC 8628, section 3.5)
	CodeLife         time.Duration // of a device code; 15 min
	TokenLife        time.Duration // of access tokens; 1 h
	IDTokenLife      time.Duration // 1 h
	RefreshLife      time.Duration // of a refresh token, from its issue; 90 days
	RefreshIn        time.Duration // refresh_in in the answer; 0 leaves it out
	RotateStrict     bool          // a refresh token serves once; reuse revokes everything that came of its sign-in
	OmitRefreshToken bool
	OmitClientInfo   bool
	OmitIDToken      bool
	GroupLimit       int           // a token lists so many groups; of somebody with more it names the place to ask (an overage); 200
	Skew             time.Duration // how far the server's clock is ahead: Date headers and token times
	Arc              string        // the cluster's ID in Azure: its API takes requests with proof of possession alone; "" takes bearer tokens
	SinglePage       bool          // redirect URIs are those of single-page applications: token requests of people need an Origin
	ARMPage          int           // entries of a page of Azure Resource Manager; 0 is all
	ClaimsNeedPerson bool          // a refresh that asks for the claims of RequireClaims gets interaction_required
}

// DefaultSettings are the settings of a new Server.
func DefaultSettings() Settings {
	return Settings{
		Interval:    5 * time.Second,
		CodeLife:    15 * time.Minute,
		TokenLife:   time.Hour,
		IDTokenLife: time.Hour,
		RefreshLife: 90 * 24 * time.Hour,
		GroupLimit:  200,
	}
}

// Set changes settings: s.Set(func(o *entratest.Settings) { o.Interval = time.Second }). Codes and tokens that exist keep theirs.
func (s *Server) Set(change func(*Settings)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.settings)
}

// Settings returns the present ones.
func (s *Server) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings
}

// now is the server's idea of the time, which Skew sets wrong.
func (s *Server) now() time.Time { return s.clock().Add(s.Settings().Skew) }
