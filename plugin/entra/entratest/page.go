package entratest

import (
	"html/template"
	"net/http"
)

// pageData is what the verification page shows.
type pageData struct {
	Code, Client, Tenant string
	Users                []user
	Message              string
	Done                 bool
}

// UPN and Name are for the template.
func (u user) UPN() string  { return u.upn }
func (u user) Name() string { return u.displayName() }

const pageText = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in - simulator</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem; color: #1b1b1b; background: #f4f4f4 }
main { background: #fff; padding: 1.5rem 2rem 2rem; border: 1px solid #ccc }
h1 { font-size: 1.4rem; font-weight: 600 }
input[name=code] { font: 1.2rem monospace; width: 100%; box-sizing: border-box; padding: .4rem; text-transform: uppercase }
label { display: block; margin: .4rem 0 }
button { font: inherit; padding: .4rem 1.2rem; margin: 1rem .5rem 0 0 }
.note { color: #595959; font-size: .875rem }
.message { border-left: 4px solid #b00; padding-left: .75rem }
</style>
<main>
{{if .Done}}<h1>{{.Message}}</h1><p>You may close this window.</p>
{{else if .Client}}<h1>Sign in to {{.Client}}?</h1>
<form method="post" action="/devicelogin">
<p>Code <b>{{.Code}}</b>, tenant <b>{{.Tenant}}</b>. Continue only if you started this yourself.</p>
<input type="hidden" name="code" value="{{.Code}}">
{{range $i, $u := .Users}}<label><input type="radio" name="user" value="{{$u.UPN}}"{{if eq $i 0}} checked{{end}}> {{$u.Name}} ({{$u.UPN}})</label>
{{end}}<button name="action" value="approve">Continue</button><button name="action" value="decline">Cancel</button>
</form>
{{else}}<h1>Enter code</h1>
{{with .Message}}<p class="message">{{.}}</p>{{end}}
<form method="get" action="/devicelogin">
<label>Code displayed on your device <input name="code" value="{{.Code}}" autofocus autocomplete="off" maxlength="20" required></label>
<button>Next</button>
</form>
{{end}}<p class="note">This is a simulator. No account of yours is involved, and no password is asked for.</p>
</main>
`

// servePage is where the person goes: the code first, then who they are and whether they want it. It works without scripts.
func (s *Server) servePage(w http.ResponseWriter, req *http.Request) {
	d := pageData{Code: req.FormValue("code")}
	switch {
	case req.Method == http.MethodPost:
		s.decideOnPage(req, &d)
	case d.Code != "":
		s.lookUp(&d)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	if d.Message != "" && !d.Done {
		w.WriteHeader(http.StatusBadRequest)
	}
	template.Must(template.New("page").Parse(pageText)).Execute(w, d)
}

// lookUp fills in what a code is for.
func (s *Server) lookUp(d *pageData) {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.pendingCode(d.Code, now)
	if c == nil {
		d.Message = "That code didn't work. Check the code and try again."
		return
	}
	d.Code = c.userCode
	d.Client, _ = client(c.client)
	d.Tenant = c.tenant
	if t, ok := findTenant(c.tenant); ok {
		d.Tenant = t.name
	}
	d.Users = users()
}

func (s *Server) decideOnPage(req *http.Request, d *pageData) {
	var err error
	done := ""
	switch {
	case d.Code == "":
		d.Message = "Enter the code that your device shows."
		return
	case req.PostFormValue("action") == "approve":
		done = s.verdict(d.Code, req.PostFormValue("user"))
		err = s.Approve(d.Code, req.PostFormValue("user"))
	case req.PostFormValue("action") == "decline":
		err, done = s.Decline(d.Code), "You declined to sign in."
	default:
		d.Message = "Choose whether to continue."
		return
	}
	if err != nil {
		d.Message = "That didn't work: no such code is waiting, or there is no such user."
		return
	}
	d.Message, d.Done = done, true
}

// verdict is what the page says to somebody who has entered a code and signed in.
func (s *Server) verdict(userCode, name string) string {
	u, _ := findUser(name)
	s.mu.Lock()
	c := s.pendingCode(userCode, s.clock())
	s.mu.Unlock()
	if c != nil {
		if e := s.blocked(c.tenant, u, ByDeviceCode, "token"); e != nil {
			return "You can't access this right now. " + e.numbered()
		}
	}
	return "You are signed in."
}
