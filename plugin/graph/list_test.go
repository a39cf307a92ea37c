package graph

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/entralogin/entralogin/plugin/https"
)

func TestList(t *testing.T) {
	for name, test := range map[string]struct {
		body  string
		width int
		want  string
	}{
		"people": {`{"value":[{"displayName":"山田","userPrincipalName":"y@contoso.com","id":"1","jobTitle":null},
			{"displayName":"Bob\u001b[2J Long","userPrincipalName":"b@contoso.com","id":"22","jobTitle":"Clerk"}]}`, 0,
			"Name         User principal name  Job title  Object ID\n" +
				"山田         y@contoso.com                   1\n" +
				"Bob[2J Long  b@contoso.com        Clerk      22\n"},
		"cut to the terminal": {`{"value":[{"displayName":"Ann","userPrincipalName":"ann@contoso.com"},{"displayName":"山田","userPrincipalName":"山田太郎@contoso.com"}]}`, 13,
			"Name  User...\nAnn   ann@...\n山田  山田...\n"},
		"other objects": {`{"value":[{"@odata.type":"#x","skuId":"s","nested":{"a":1},"count":3},{"skuId":"t","count":4}]}`, 0,
			"skuId  count\ns      3\nt      4\n"},
		"one empty object": {`{"a":{}}`, 0, "nothing that fits into a table; -o json shows it\n"},
		"texts":            {`{"value":["a","b"]}`, 0, "value\na\nb\n"},
		"empty":            {`{"value":[]}`, 0, "no entries\n"},
		"empty objects":    {`{"value":[{},null,{"a":{}}]}`, 0, "entries: 3, with nothing that fits into a table; -o json shows them\n"},
		"value, no list":   {`{"value":"a text","displayName":"Ann"}`, 13, "Name   Ann\nvalue  a text\n"},
		"value, null":      {`{"value":null,"displayName":"Ann"}`, 0, "Name  Ann\n"},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /v1.0/users", says(200, test.body))
			m, _ := serve(t, mux)
			m.Path, m.Width = "/v1.0/users", test.width
			if got, err := reply(t, m); err != nil || got != test.want {
				t.Errorf("got %v\n%s\nwant\n%s", err, got, test.want)
			}
		})
	}
}

// pages serves a list of n pages with one entry each.
func pages(n int, asked *atomic.Int32) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/users", func(w http.ResponseWriter, req *http.Request) {
		asked.Add(1)
		page := 1
		fmt.Sscan(req.URL.Query().Get("$skiptoken"), &page)
		next := ""
		if page < n {
			next = fmt.Sprintf(`"@odata.nextLink":"https://%s/v1.0/users?$top=1&$skiptoken=%d",`, req.Host, page+1)
		}
		says(200, fmt.Sprintf(`{"@odata.context":"c%d",%s"value":[{"id":"%d"}]}`, page, next, page))(w, req)
	})
	return mux
}

func TestListInPages(t *testing.T) {
	var asked atomic.Int32
	m, _ := serve(t, pages(3, &asked))
	m.Path, m.Format = "/v1.0/users?$top=1", JSON
	got, err := reply(t, m)
	want := `{"@odata.context":"c1","value":[{"id":"1"},{"id":"2"},{"id":"3"}]}`
	if flat := strings.NewReplacer(" ", "", "\n", "").Replace(got); err != nil || flat != want || asked.Load() != 3 {
		t.Errorf("got %v after %d requests\n%s\nwant %s", err, asked.Load(), flat, want)
	}
}

// A list without an end is cut, with a note; the link to the rest stays in the JSON.
func TestListWithoutEnd(t *testing.T) {
	var asked atomic.Int32
	m, _ := serve(t, pages(1<<30, &asked))
	m.Path, m.Format = "/v1.0/users", JSON
	var notes []string
	m.Note = func(s string) { notes = append(notes, s) }
	got, err := reply(t, m)
	if err != nil || asked.Load() != maxPages || !strings.Contains(got, "skiptoken=101") {
		t.Errorf("got %v after %d requests: %.200q", err, asked.Load(), got)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "100 entries") {
		t.Errorf("the notes are %q", notes)
	}
}

func TestListOfManyItemsIsCut(t *testing.T) {
	var asked atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1.0/users", func(w http.ResponseWriter, req *http.Request) {
		says(200, fmt.Sprintf(`{"value":[%s0],"@odata.nextLink":"https://%s/v1.0/users?$skiptoken=%d"}`, strings.Repeat("0,", 5999), req.Host, asked.Add(1)))(w, req)
	})
	m, _ := serve(t, mux)
	m.Path = "/v1.0/users"
	if _, err := reply(t, m); err != nil || asked.Load() != 2 {
		t.Errorf("got %v after %d requests", err, asked.Load())
	}
}

// Of a list whose pages lead in a circle nothing is shown.
func TestListInACircle(t *testing.T) {
	for _, back := range []string{"", "?$skiptoken=1", "?$skiptoken=2"} { // to the first page, to the one before, to itself
		var asked atomic.Int32
		mux := http.NewServeMux()
		mux.HandleFunc("GET /v1.0/users", func(w http.ResponseWriter, req *http.Request) {
			next := "?$skiptoken=" + fmt.Sprint(asked.Add(1))
			if asked.Load() == 3 {
				next = back
			}
			says(200, fmt.Sprintf(`{"value":[1],"@odata.nextLink":"https://%s/v1.0/users%s"}`, req.Host, next))(w, req)
		})
		m, _ := serve(t, mux)
		m.Path = "/v1.0/users"
		var answer *https.AnswerError
		if _, err := reply(t, m); !errors.As(err, &answer) || asked.Load() != 3 {
			t.Errorf("back to %q: got %v after %d requests", back, err, asked.Load())
		}
	}
}

// One page is one request, and that there are others is said. A link that must not be followed is none to refuse.
func TestOnePage(t *testing.T) {
	for body, noted := range map[string]bool{
		`{"value":[1],"@odata.nextLink":"https://evil.example/"}`: true,
		`{"value":[1]}`:       false,
		`{"displayName":"x"}`: false,
	} {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /v1.0/users", says(200, body))
		m, _ := serve(t, mux)
		m.Path, m.OnePage, m.Format = "/v1.0/users", true, JSON
		var notes []string
		m.Note = func(s string) { notes = append(notes, s) }
		got, err := reply(t, m)
		if flat := strings.NewReplacer(" ", "", "\n", "").Replace(got); err != nil || flat != body || (len(notes) == 1) != noted {
			t.Errorf("%s: got %v and %q\n%s", body, err, notes, got)
		}
	}
}

// The token must not go to another host, whatever the answer says.
func TestForeignLinks(t *testing.T) {
	var strayed atomic.Int32
	foreign := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	t.Cleanup(foreign.Close)
	host := strings.TrimPrefix(foreign.URL, "https://")
	for name, test := range map[string]struct {
		link string // %s is Graph's own host
		to   string
	}{
		"other host":       {foreign.URL + "/v1.0/users", host},
		"http":             {"http://%s/v1.0/users", "self"},
		"userinfo":         {"https://%s@" + host + "/v1.0/users", host},
		"user at home":     {"https://user@%s/v1.0/users", "self"},
		"other port":       {"https://127.0.0.1:1/v1.0/users", "127.0.0.1:1"},
		"longer host":      {"https://%s.evil.example/v1.0/users", ""},
		"without a scheme": {"//%s/v1.0/users", "self"},
		"a path":           {"/v1.0/users", ""},
		"no address":       {"https://[", ""},
		"ESC in it":        {`https://evil\u001b[31m.example/`, ""},
		"Cyrillic":         {"https://gr\u0430ph.microsoft.com/", "gr\u0430ph.microsoft.com"},
		"empty":            {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /v1.0/users", func(w http.ResponseWriter, req *http.Request) {
				says(200, `{"value":[1],"@odata.nextLink":"`+strings.ReplaceAll(test.link, "%s", req.Host)+`"}`)(w, req)
			})
			m, _ := serve(t, mux)
			m.Path, m.Format = "/v1.0/users", JSON
			_, err := reply(t, m)
			var link *https.ForeignLinkError
			if !errors.As(err, &link) {
				t.Fatalf("got %v, want a *https.ForeignLinkError", err)
			}
			to := strings.ReplaceAll(test.to, "self", strings.TrimPrefix(m.Origin, "https://"))
			if test.to != "" && link.To != to {
				t.Errorf("To is %q, want %q", link.To, to)
			}
		})
	}
	if strayed.Load() > 0 {
		t.Errorf("%d requests went to the other host", strayed.Load())
	}
}

func TestRedirects(t *testing.T) {
	var strayed atomic.Int32
	foreign := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	t.Cleanup(foreign.Close)
	for _, to := range []string{foreign.URL + "/v1.0/me", "/v1.0/other", ""} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			mux := http.NewServeMux()
			mux.HandleFunc("GET /v1.0/me", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", to)
				w.WriteHeader(status)
			})
			m, _ := serve(t, mux)
			_, err := reply(t, m)
			var link *https.ForeignLinkError
			var redirect *https.RedirectError
			if !errors.As(err, &link) || !errors.As(err, &redirect) || redirect.Status != status {
				t.Errorf("%d to %q: got %v (%T)", status, to, err, err)
			}
		}
	}
	if strayed.Load() > 0 {
		t.Errorf("%d requests went to the other host", strayed.Load())
	}
}
