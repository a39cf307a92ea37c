package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// ResolveTyped settles a call that a person makes by hand: --account may be short. It is for no command that hands
// tokens to programs: the name in a script or a kubeconfig would mean somebody else once another account fits.
func ResolveTyped(f *Factory, call config.Call) (config.Target, error) {
	t, err := f.Resolve(call)
	name := t.Request.Account
	if err != nil || name == "" || strings.Contains(name, "@") || !t.Of(config.ByFlag).Has(config.Account) {
		return t, err
	}
	st, err := f.Store(t.Place)
	if err != nil {
		return t, err
	}
	st.Locate()
	session, err := st.Session(t.Request.SessionID)
	if err != nil {
		return t, nil // whoever needs the session says what is wrong with it
	}
	accounts, err := session.Accounts()
	if err == nil {
		t.Request.Account, err = plugin.CompleteAccount(accounts, name)
	}
	return t, err
}

// CanChoose reports whether a person can be asked to choose. Errors: *config.Error.
func CanChoose(f *Factory, s config.Settings) (bool, error) {
	why, err := f.Config().Unattended(s)
	return err == nil && why == "" && f.Err.CanAsk(f.In), err
}

// Choose has a person choose one of several things, and returns its index. lines say what there is to choose from, ask
// what for, and unchanged what is the case where nothing is chosen. Errors: *Advised.
func Choose(f *Factory, title string, lines []string, ask, unchanged string) (int, error) {
	shown := []string{title}
	for i, line := range lines {
		shown = append(shown, fmt.Sprintf("%3d  %s", i+1, line))
	}
	f.Err.Lines(append(shown, ask))
	answer, err := term.ReadLine(f.In)
	number, bad := strconv.Atoi(answer)
	switch {
	case err != nil:
		return 0, err
	case answer == "":
		return 0, &Advised{Kind: failure.Refused, What: "nothing was chosen: " + unchanged + "."}
	case bad != nil || number < 1 || number > len(lines):
		return 0, &Advised{Kind: failure.Usage,
			What: fmt.Sprintf("%q is no number from 1 to %d: %s.", text.Short(answer, 40), len(lines), unchanged)}
	}
	return number - 1, nil
}
