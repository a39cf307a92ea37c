package entratest

import "fmt"

// SetGroups changes which groups of their home tenant a user is in. It shows in the tokens that are issued from now on.
func (s *Server) SetGroups(user string, names ...string) error {
	u, ok := findUser(user)
	if !ok {
		return fmt.Errorf("entratest: no user %q", user)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[u.upn] = names
	return nil
}

// groupNames are those of the home tenant; a guest is in none.
func (s *Server) groupNames(u user, t tenant) []string {
	if t.id != u.home {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if names, changed := s.groups[u.upn]; changed {
		return names
	}
	return u.groups
}

func (s *Server) groupIDs(u user, t tenant) []string {
	ids := []string{}
	for _, name := range s.groupNames(u, t) {
		ids = append(ids, GroupID(t.id, name))
	}
	return ids
}

// addGroups adds the groups to a token's claims, or, where they are too many, a reference to the place that lists
// them. Entra's is on the host of the retired Azure AD Graph; here it is a path that does not exist.
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim
func (s *Server) addGroups(claims map[string]any, u user, t tenant) {
	ids := s.groupIDs(u, t)
	if len(ids) <= s.Settings().GroupLimit {
		claims["groups"] = ids
		return
	}
	claims["_claim_names"] = map[string]string{"groups": "src1"}
	claims["_claim_sources"] = map[string]any{"src1": map[string]string{
		"endpoint": s.URL + "/" + t.id + "/users/" + u.oid(t.id) + "/getMemberObjects"}}
}
