package entratest

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// authorizeData is what the page of the authorization endpoint shows: who signs in, or what is wrong; Back is where a
// form with Fields goes.
type authorizeData struct {
	Client, Tenant, Message, Back string
	Users                         []user
	Fields                        url.Values
}

// Pairs are the fields of the form, for the template.
func (d authorizeData) Pairs() [][2]string {
	var pairs [][2]string
	for name, values := range d.Fields {
		if name != "user" && name != "action" {
			pairs = append(pairs, [2]string{name, values[0]})
		}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return pairs
}

// hinted lists the people, whom a login_hint names first.
func hinted(hint string) []user {
	all := users()
	slices.SortStableFunc(all, func(a, b user) int {
		if strings.EqualFold(a.upn, hint) {
			return -1
		}
		return 0
	})
	return all
}

const authorizeText = `{{define "fields"}}{{range .Pairs}}<input type="hidden" name="{{index . 0}}" value="{{index . 1}}">
{{end}}{{end}}<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{if .Back}}Working{{else}}Sign in{{end}} - simulator</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem; color: #1b1b1b; background: #f4f4f4 }
main { background: #fff; padding: 1.5rem 2rem 2rem; border: 1px solid #ccc }
h1 { font-size: 1.4rem; font-weight: 600 }
label { display: block; margin: .4rem 0 }
button { font: inherit; padding: .4rem 1.2rem; margin: 1rem .5rem 0 0 }
.note { color: #595959; font-size: .875rem }
</style>
<main>
{{if .Back}}<form id="back" method="post" action="{{.Back}}">
{{template "fields" .}}<p>Going back to the program. <button>Continue</button></p>
</form>
<script>document.getElementById("back").submit()</script>
{{else if .Message}}<h1>Sorry, but we're having trouble signing you in.</h1><p>{{.Message}}</p>
{{else}}<h1>Sign in to {{.Client}}</h1>
<form method="post">
<p>Tenant <b>{{.Tenant}}</b>. Continue only if you started this yourself.</p>
{{range $i, $u := .Users}}<label><input type="radio" name="user" value="{{$u.UPN}}"{{if eq $i 0}} checked{{end}}> {{$u.Name}} ({{$u.UPN}})</label>
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
	if d.Message != "" {
		w.WriteHeader(http.StatusBadRequest)
	}
	authorizeTemplate.Execute(w, d)
}
