package entratest

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authorizeData is what the page of the authorization endpoint shows: a question to the person where there are Users,
// or what is wrong, with a way to leave; Back is where a form with Fields goes.
type authorizeData struct {
	Title, Client, Tenant, Message string
	Back, Leave                    string
	Scopes                         []string
	Users                          []user
	Fields                         url.Values
}

// question is the page that asks who signs in.
func (s *Server) question(req *http.Request, message string) authorizeData {
	f := req.Form
	d := authorizeData{Title: "Sign in", Message: message, Tenant: req.PathValue("tenant"), Users: hinted(f.Get("login_hint"), f.Get("domain_hint"))}
	d.Client, _ = client(f.Get("client_id"))
	if t, ok := findTenant(d.Tenant); ok {
		d.Tenant = t.name
	}
	switch f.Get("prompt") {
	case "select_account":
		d.Title = "Pick an account"
	case "consent":
		d.Title, d.Scopes = "Permissions requested", strings.Fields(f.Get("scope"))
	}
	return d
}

// Pairs are the fields of the form, for the template.
func (d authorizeData) Pairs() [][2]string {
	var pairs [][2]string
	for name, values := range d.Fields {
		pairs = append(pairs, [2]string{name, values[0]})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return pairs
}

// hinted lists the people: first whom a login_hint names, then those of the domain of a domain_hint.
func hinted(login, domain string) []user {
	rank := func(u user) int {
		switch _, at, _ := strings.Cut(u.upn, "@"); {
		case strings.EqualFold(u.upn, login):
			return 0
		case strings.EqualFold(at, domain):
			return 1
		}
		return 2
	}
	all := users()
	slices.SortStableFunc(all, func(a, b user) int { return cmp.Compare(rank(a), rank(b)) })
	return all
}

const authorizeText = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{with .Title}}{{.}}{{else}}{{if .Back}}Working{{else}}Trouble{{end}}{{end}} - simulator</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem; color: #1b1b1b; background: #f4f4f4 }
main { background: #fff; padding: 1.5rem 2rem 2rem; border: 1px solid #ccc }
h1 { font-size: 1.4rem; font-weight: 600 }
label { display: block; margin: .4rem 0 }
button { font: inherit; padding: .4rem 1.2rem; margin: 1rem .5rem 0 0 }
.note { color: #595959; font-size: .875rem }
.message { border-left: 4px solid #b00; padding-left: .75rem }
</style>
<main>
{{if .Back}}<form id="back" method="post" action="{{.Back}}">
{{range .Pairs}}<input type="hidden" name="{{index . 0}}" value="{{index . 1}}">
{{end}}<p>Going back to the program. <button>Continue</button></p>
</form>
<script>document.getElementById("back").submit()</script>
{{else if not .Users}}<h1>Sorry, but we're having trouble signing you in.</h1><p>{{.Message}}</p>
{{with .Leave}}<p><a href="{{.}}">OK</a></p>
{{end}}{{else}}<h1>{{.Title}}</h1>
{{with .Message}}<p class="message">{{.}}</p>{{end}}
<form method="post">
<p>To <b>{{.Client}}</b>, tenant <b>{{.Tenant}}</b>. Continue only if you started this yourself.</p>
{{with .Scopes}}<p>It asks for:{{range .}} <code>{{.}}</code>{{end}}</p>
{{end}}{{range $i, $u := .Users}}<label><input type="radio" name="user" value="{{$u.UPN}}"{{if eq $i 0}} checked{{end}}> {{$u.Name}} ({{$u.UPN}})</label>
{{end}}<button name="action" value="approve">Continue</button><button name="action" value="decline">Cancel</button>
</form>
{{end}}<p class="note">This is a simulator. No account of yours is involved, and no password is asked for.</p>
</main>
`

var authorizeTemplate = template.Must(template.New("authorize").Parse(authorizeText))

func (s *Server) authorizePage(w http.ResponseWriter, d authorizeData) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	// A browser applies form-action to where a form leads to in the end, and that is the client.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; form-action 'self' http://localhost:*; frame-ancestors 'none'; base-uri 'none'")
	authorizeTemplate.Execute(w, d)
}
