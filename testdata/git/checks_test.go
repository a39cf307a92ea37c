//go:build unix

package git

// tokens lists the tokens that Azure DevOps got and took, each once, oldest first.
func (w *world) tokens() []string {
	var list []string
	seen := map[string]bool{}
	for _, r := range w.devops.Requests() {
		if r.Status == 200 && !seen[r.Token] {
			seen[r.Token] = true
			list = append(list, r.Token)
		}
	}
	return list
}

// checkSecrets looks for secrets in the home, and for other hosts that somebody asked for.
func (w *world) checkSecrets() {
	w.CheckSecrets(w.Sim.Secrets())
	if strangers := w.devops.Strangers(); len(strangers) > 0 {
		w.Errorf("somebody asked for %q", strangers)
	}
}
