package entratest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var (
	formAction = regexp.MustCompile(`<form id="back" method="post" action="([^"]*)"`)
	formField  = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
)

// Visit does what a person with a browser does at the address that a sign-in shows: it signs in as user, or says no
// where user is "". It returns the last page. Scripts and style are not its business. The page is empty where the
// application has the answer and has ended before its last page was fetched, for which it waits a moment only.
func (s *Server) Visit(ctx context.Context, address, user string) (page string, err error) {
	choice := url.Values{"action": {"decline"}}
	if user != "" {
		choice = url.Values{"action": {"approve"}, "user": {user}}
	}
	page, at, err := s.browse(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	if formAction.FindString(page) == "" {
		if page, at, err = s.browse(ctx, http.MethodPost, at, choice); err != nil {
			return "", err
		}
	}
	action := formAction.FindStringSubmatch(page)
	if action == nil {
		return page, nil // it went back by redirect, or there was an error
	}
	form := url.Values{}
	for _, field := range formField.FindAllStringSubmatch(page, -1) {
		form.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	page, _, err = s.browse(ctx, http.MethodPost, cmp.Or(html.UnescapeString(action[1]), at), form)
	if errors.Is(err, errLeft) {
		return "", nil
	}
	return page, err
}

// errLeft stands around what failed behind a redirect: whoever sent it has what was brought.
var errLeft = errors.New("behind a redirect")

// browse asks for one page, and says where redirects led to.
func (s *Server) browse(ctx context.Context, method, address string, form url.Values) (page, at string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", "", err
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client, left := s.Client(), false
	defer client.CloseIdleConnections()
	client.CheckRedirect = func(_ *http.Request, via []*http.Request) error {
		if left = true; len(via) > 9 {
			return errors.New("it redirects without end")
		}
		return nil
	}
	resp, err := client.Do(req)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = fmt.Errorf("a page can't be had: %w", e.Err)
		}
		if left {
			err = errors.Join(err, errLeft)
		}
		return "", "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	return string(body), resp.Request.URL.String(), err
}
