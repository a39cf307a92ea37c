package entratest

import "time"

// A Fault is misbehaviour of an endpoint. Its fields combine; the zero Fault does nothing.
type Fault struct {
	Times int    // how many requests it spoils; 0 is all of them
	Skip  int    // how many requests pass before it begins
	Grant string // only token requests of this grant: "device_code", "refresh_token" or "client_credentials"

	Delay          time.Duration // before anything else
	Drop           bool          // close the connection without an answer; nothing is granted
	DropAfterGrant bool          // carry the request out, then close the connection without an answer
	Truncate       bool          // close the connection in the middle of the answer

	Status     int               // answer with this status; without Body or Error in the endpoint's own error shape
	RetryAfter string            // the header, as it is
	Header     map[string]string // added to whatever answer there is
	Body       string            // answer with this body
	Error      *OAuthError       // answer with this error
	Redirect   string            // answer 302, or Status, with this Location
	Stream     int64             // answer with a body of that many bytes
	Gzip       bool              // compress the body of Stream or Body

	Rewrite func(map[string]any) // change the JSON object of the true answer, after what was asked for has been done
}

type fault struct {
	Fault
	endpoint string
}

// Fault adds a fault to an endpoint (the names are those of Requests; "*" is every one but the page and the control
// requests). The oldest fault that fits a request is the one that it gets.
func (s *Server) Fault(endpoint string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &fault{f, endpoint})
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// nextFault returns the fault for a request, or nil, and counts it. A fault that still skips lets the next one have a look.
func (s *Server) nextFault(endpoint, grant string) *fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.endpoint != endpoint && (f.endpoint != "*" || aside(endpoint)) {
			continue
		}
		if f.Grant != "" && grantName(f.Grant) != grant {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Times == 1 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		} else if f.Times > 1 {
			f.Times--
		}
		return &fault{f.Fault, f.endpoint}
	}
	return nil
}
